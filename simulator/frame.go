package simulator

import (
	"errors"
	"fmt"
	"io"
)

// errMalformed says that a stream is not MQTT.
var errMalformed = errors.New("malformed packet")

// readFrame reads one control packet from r, and no byte more. It returns the
// whole packet and where its variable header begins. A packet whose remaining
// length is above limit is an error before anything is allocated for it.
func readFrame(r io.Reader, limit int) (frame []byte, start int, err error) {
	var head [5]byte // MQTT 3.1.1 section 2.2: one byte, then at most four of length
	if _, err := io.ReadFull(r, head[:1]); err != nil {
		return nil, 0, err
	}
	length := 0
	for start = 1; ; start++ {
		if start == len(head) {
			return nil, 0, fmt.Errorf("%w: remaining length of more than four bytes", errMalformed)
		}
		if _, err := io.ReadFull(r, head[start:start+1]); err != nil {
			return nil, 0, err
		}
		length |= int(head[start]&0x7f) << (7 * (start - 1))
		if head[start]&0x80 == 0 {
			start++
			break
		}
	}
	if length > limit {
		return nil, 0, fmt.Errorf("packet of %d bytes is above the limit of %d", length, limit)
	}
	frame = make([]byte, start+length)
	copy(frame, head[:start])
	if _, err := io.ReadFull(r, frame[start:]); err != nil {
		return nil, 0, err
	}
	return frame, start, nil
}
