//go:build !race

package hostile_test

const thin = 1
