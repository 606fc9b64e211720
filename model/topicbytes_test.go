//go:build !race

package model_test

// topicBytes is the memory that a topic may cost.
const topicBytes = 720
