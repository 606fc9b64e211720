package simulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"labtop/crash"
)

// The defaults of a demo.
const (
	DefaultLabs       = 6
	DefaultRooms      = 3
	DefaultJSONBoards = 1
	DefaultInterval   = 5 * time.Second
)

const (
	// MaxDevices bounds each kind of device in a lab.
	MaxDevices = 10000
	// MaxSpeed bounds Options.Speed.
	MaxSpeed = 1000
	// spread is the longest time from the first device's start to the last's.
	spread = 5 * time.Second
)

// Options describe a lab.
type Options struct {
	// Labs counts the boards lab1, lab2 …; Rooms the rooms kitchen, living,
	// hall …; JSONBoards the boards that publish JSON. Each is 0 to MaxDevices.
	Labs, Rooms, JSONBoards int
	// Specials are further devices, each once.
	Specials []Special
	// Interval is between two readings of a board; zero: DefaultInterval.
	Interval time.Duration
	// Speed is how fast the lab's time goes: 10 is ten times as fast as the
	// clock, all intervals included. Above 0 to MaxSpeed; zero: 1.
	Speed float64
	// Seed decides everything that is random. It is also part of the client
	// identifiers: two labs with the same seed throw each other out of a broker.
	Seed uint64
	// Epoch is what the devices' clocks say when the lab's time is 0, in the zone
	// of the lab; zero: the time at which the lab is made.
	Epoch time.Time
	// Characters gives the first boards faults and extremes to look at; without
	// it all boards work.
	Characters bool
	// Dial makes a connection to the broker, TLS and all. It is called from
	// many goroutines, and must return soon after its context is done.
	Dial func(context.Context) (net.Conn, error)
	// Username and Password are sent if Username is not empty.
	Username, Password string
	// OnEvent, if not nil, is told what happens, one call at a time, from the
	// devices' goroutines. It must not block.
	OnEvent func(Event)
}

// Demo returns the options of a lab where something happens from the first
// minute on.
func Demo(dial func(context.Context) (net.Conn, error)) Options {
	return Options{
		Labs: DefaultLabs, Rooms: DefaultRooms, JSONBoards: DefaultJSONBoards,
		Characters: true, Dial: dial,
	}
}

// Lab is a set of devices.
type Lab struct {
	options Options
	devices []*device
}

// New returns a lab that has not started.
func New(o Options) (*Lab, error) {
	if o.Interval == 0 {
		o.Interval = DefaultInterval
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Epoch.IsZero() {
		o.Epoch = time.Now()
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("simulated lab: %w", err)
	}
	l := &Lab{options: o}
	for i := range o.Labs {
		l.addBoard(i)
	}
	for i := range o.Rooms {
		l.addRoom(i)
	}
	for i := range o.JSONBoards {
		l.addJSONBoard(i)
	}
	for i, s := range o.Specials {
		l.addSpecial(s, i, len(o.Specials))
	}
	return l, nil
}

func (o *Options) check() error {
	most := max(o.Labs, o.Rooms, o.JSONBoards)
	least := min(o.Labs, o.Rooms, o.JSONBoards)
	switch {
	case o.Dial == nil:
		return errors.New("no dial function")
	case least < 0 || most > MaxDevices:
		return fmt.Errorf("the number of devices of a kind is not within 0 and %d", MaxDevices)
	case most == 0 && len(o.Specials) == 0:
		return errors.New("no devices")
	case !(o.Speed > 0 && o.Speed <= MaxSpeed): // NaN is neither
		return fmt.Errorf("speed %v is not above 0 and at most %d", o.Speed, MaxSpeed)
	case float64(o.Interval)/o.Speed < float64(time.Millisecond):
		return fmt.Errorf("interval %v at speed %v is below a millisecond", o.Interval, o.Speed)
	}
	return checkSpecials(o.Specials)
}

// startOf is when device i of n of its kind starts. Each kind spreads over the
// first seconds; head sets the kinds' first devices apart.
func (l *Lab) startOf(i, n int, head time.Duration) time.Duration {
	return head + min(l.options.Interval, spread)*time.Duration(i)/time.Duration(n)
}

func (l *Lab) addBoard(i int) {
	var c character
	if l.options.Characters {
		c = demoCharacter(i)
	}
	name := fmt.Sprintf("lab%d", i+1)
	start := l.startOf(i, l.options.Labs, 0)
	l.add(name, start, newBoard(name, c, start, l.options.Interval, l.random(name)))
}

func (l *Lab) addRoom(i int) {
	name := fmt.Sprintf("room%d", i+1)
	if names := []string{"kitchen", "living", "hall", "bedroom", "bath", "office"}; i < len(names) {
		name = names[i]
	}
	start := l.startOf(i, l.options.Rooms, 30*time.Millisecond)
	l.add(name, start, newRoom(name, i, start, l.options.Interval, l.random(name)))
}

func (l *Lab) addJSONBoard(i int) {
	name := fmt.Sprintf("node%d", i+1)
	start := l.startOf(i, l.options.JSONBoards, 60*time.Millisecond)
	l.add(name, start, newJSONBoard(name, start, 2*l.options.Interval, l.random(name)))
}

func (l *Lab) add(name string, start time.Duration, act behaviour) *device {
	d := &device{
		name: name,
		who: identity{
			clientID: fmt.Sprintf("sim-%s-%04x", name, l.random("client identifiers").Uint32()>>16),
			username: l.options.Username, password: l.options.Password,
			will: act.will(),
		},
		start: start, act: act,
		retry: l.random(name + " retry"),
	}
	l.devices = append(l.devices, d)
	return d
}

// random returns the source of one device: it depends on the seed and the
// name, not on the other devices.
func (l *Lab) random(name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(l.options.Seed, h.Sum64())) //nolint:gosec // no secret, and to be repeated
}

// Run starts the devices, keeps them connected until ctx is done, and then
// shuts them down within a second: each says "offline" before it disconnects.
// It returns an error only when no device has ever connected and one could
// not, as a broker that is lost later is waited for; or a [*crash.Error] when
// something panicked. Run is called once.
func (l *Lab) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{
		clock:   clock{start: time.Now(), speed: l.options.Speed},
		dial:    l.options.Dial,
		onEvent: l.options.OnEvent,
		giveUp:  cancel,
	}
	var devices sync.WaitGroup
	for _, d := range l.devices {
		devices.Go(crash.Guarded(cancel, func() { d.run(ctx, r) }))
	}
	devices.Wait()
	return cmp.Or(crash.Cause(ctx), r.failure)
}

// run is what the devices of one Run share.
type run struct {
	clock   clock
	dial    func(context.Context) (net.Conn, error)
	onEvent func(Event)
	giveUp  context.CancelCauseFunc

	mu      sync.Mutex // mu guards the fields below and serializes onEvent
	reached bool       // a device has connected
	failure error      // why the run was given up
}

// report tells of an event. A failure before any success ends the run.
func (r *run) report(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure != nil {
		return
	}
	switch e.Kind {
	case Connected:
		r.reached = true
	case Failed:
		if !r.reached {
			r.failure = fmt.Errorf("%s: %w", e.Device, e.Err)
			r.giveUp(r.failure)
		}
	}
	if r.onEvent != nil {
		r.onEvent(e)
	}
}
