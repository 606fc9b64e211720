package recording

// Output is a file that is being written.
type Output = output

// The recorder's bounds, for tests of them.
const (
	QueueMessages = queueMessages
	QueueBytes    = queueBytes
)

// StartRecorderTo is StartRecorder with files of a test's own.
func StartRecorderTo(o RecorderOptions, create func(path string, force bool) (Output, error)) (*Recorder, error) {
	o.create = create
	return StartRecorder(o)
}
