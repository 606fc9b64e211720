package subscriber

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"labtop/crash"
	"labtop/model"
	"labtop/safetext"
)

// Labtop tells others whether it is there, where Options.PresenceTopic says so. The
// rules are those that the course has for devices:
//
//   - The last will says offline, for a crash and for a line that was cut.
//   - Online is said before the filters are asked for: the last will of a connection
//     before may have left offline there, which would come as news of ourselves. It is
//     said again once they are granted, so that it comes back: then others hear it too.
//   - Offline is said before every good-bye, whose DISCONNECT makes the broker forget
//     the last will (MQTT 3.1.1 section 3.14.4), and waits for its acknowledgement.
const (
	online  = "online"
	offline = "offline"

	// farewellTime is how long the acknowledgement of offline may take: an exit does not
	// wait for a broker that hangs.
	farewellTime = 500 * time.Millisecond
	// echoTime is how long online may take to come back before that is said.
	echoTime = 5 * time.Second
	// hangUps is after how many connections in a row that ended before the broker had
	// taken online no further one says it.
	hangUps = 3
)

// presence is what one connection has said of labtop itself.
type presence struct {
	topic  string
	echoed atomic.Bool // online came back

	// mu guards the fields below.
	mu sync.Mutex
	// said is the last publication of online, from a time.
	said receipt
	at   time.Time
	// comesBack says that a filter brings the topic.
	comesBack bool
}

// announce publishes one of the words. It waits for the network at most.
func (s *session) announce(word string) receipt {
	return s.client.publish(Publication{Topic: s.presence.topic, Payload: []byte(word), QoS: 1, Retain: true})
}

// greet says that labtop is there, if it is to; with the broker's answers to the filters
// when there are any.
func (s *session) greet(granted []model.Subscription) {
	p := s.presence
	if p == nil {
		return
	}
	said := s.announce(online)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said, p.at = said, time.Now()
	for _, g := range granted {
		p.comesBack = p.comesBack || !g.Refused() && model.MatchTopic(g.Filter, p.topic)
	}
}

// leave ends the connection as close does, and says before that labtop goes, if it has
// said that it came.
func (s *session) leave() {
	if s.presence != nil && !s.gone() {
		ctx, cancel := context.WithTimeout(context.Background(), farewellTime)
		defer cancel()
		said := make(chan receipt, 1)
		go crash.Guarded(s.fail, func() { said <- s.announce(offline) })() // ends after writeTimeout at the latest
		select {
		case r := <-said:
			_ = s.await(ctx, r, farewellTime, func() time.Duration { return 0 }) // nobody is there to be told
		case <-ctx.Done():
		}
	}
	s.close()
}

// heard takes note of a message.
func (p *presence) heard(topic string, retained bool) {
	if p != nil && !retained && topic == p.topic {
		p.echoed.Store(true)
	}
}

// answer says whether the broker has answered online, and with MQTT 5 why it did not take
// it.
func (p *presence) answer() (answered bool, refused *reasonError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.said == nil {
		return false, nil
	}
	select {
	case <-p.said.Done():
		err := p.said.Error()
		refused, answered = errors.AsType[*reasonError](err)
		return answered || err == nil, refused
	default:
		return false, nil
	}
}

// problem says what is wrong with the presence, empty for nothing. With MQTT 3.1.1 a
// broker that forbids a publication acknowledges it all the same (section 3.3.5).
func (p *presence) problem() string {
	if p == nil || p.echoed.Load() {
		return ""
	}
	answered, refused := p.answer()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case refused != nil:
		return fmt.Sprintf("%s: the broker refuses labtop's presence: %s", safetext.Clean(p.topic), inWords(refused.Answer))
	case !answered || !p.comesBack || time.Since(p.at) < echoTime:
		return ""
	}
	return fmt.Sprintf("%s: presence is not passed on; may labtop publish there?", safetext.Clean(p.topic))
}

// parted draws its conclusion from why a connection has ended: some brokers hang up on
// who publishes where he may not.
func (s *Source) parted(p *presence, why error) {
	if p == nil {
		return
	}
	answered, _ := p.answer()
	switch {
	case answered:
		s.hungUp = 0
	case !errors.Is(why, errKeepAlive) && !errors.Is(why, context.DeadlineExceeded) && !errors.Is(why, context.Canceled):
		s.hungUp++
	}
	if s.hungUp < hangUps {
		return
	}
	s.options.PresenceTopic = ""
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted = fmt.Sprintf("%s: the broker hangs up when labtop tells its presence; it is not told any more", safetext.Clean(p.topic))
}
