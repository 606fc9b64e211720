package subscriber

import (
	"context"
	"time"
)

// pingreq is a PINGREQ packet (MQTT 3.1.1 section 3.12); nobody writes to it.
// The guard hands the answer to paho, which takes one too many in its stride.
var pingreq = [...]byte{0xc0, 0}

// ping measures how long the broker takes to answer a PINGREQ.
func (s *session) ping(ctx context.Context) (time.Duration, error) {
	select {
	case <-s.pongs: // of an earlier one
	default:
	}
	if _, err := s.guard.Write(pingreq[:]); err != nil {
		return 0, err
	}
	late := time.NewTimer(pingTimeout)
	defer late.Stop()
	select {
	case took := <-s.pongs:
		return took, nil
	case <-s.lost:
		return 0, s.lossCause()
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-late.C:
		return 0, context.DeadlineExceeded
	}
}
