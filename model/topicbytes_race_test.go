//go:build race

package model_test

// topicBytes is the memory that a topic may cost, with what the race detector adds.
const topicBytes = 740
