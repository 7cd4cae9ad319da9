//go:build race

package proxy_test

// raceDetector is whether these tests run with -race.
const raceDetector = true
