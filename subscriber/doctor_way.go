package subscriber

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"labtop/crash"
)

// mostAddresses is how many of a broker's addresses are tried.
const mostAddresses = 16

// resolve asks for the broker's addresses.
func (e *examiner) resolve(ctx context.Context) Step {
	host := e.o.Broker.Host
	if e.o.Dial != nil {
		return skipped("the connection is made by the program itself")
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		e.addresses = []netip.Addr{ip}
		return went(host + " is an address")
	}
	ctx, cancel := context.WithTimeout(ctx, e.o.ConnectTimeout)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return e.ended(&stageError{dialling, err})
	}
	var texts []string
	for _, ip := range ips {
		e.addresses = append(e.addresses, ip.Unmap())
		texts = append(texts, ip.Unmap().String())
	}
	return went(host + " is " + enumerate(texts))
}

// reach connects to every address at once, and keeps the first connection in the order
// of the name server.
func (e *examiner) reach(ctx context.Context) Step {
	ctx, cancel := context.WithTimeout(ctx, e.o.ConnectTimeout)
	defer cancel()
	if e.o.Dial != nil {
		conn, err := e.o.dial(ctx)
		if err != nil {
			return e.ended(err)
		}
		e.conn = conn
		return went("connected")
	}
	tried := e.addresses[:min(len(e.addresses), mostAddresses)]
	conns, errs := make([]net.Conn, len(tried)), make([]error, len(tried))
	e.found.Addresses = make([]Address, len(tried))
	var dials sync.WaitGroup
	for i, ip := range tried {
		dials.Go(crash.Guarded(e.fail, func() {
			began := time.Now()
			conns[i], errs[i] = dialTCP(ctx, net.JoinHostPort(ip.String(), strconv.Itoa(e.o.Broker.Port)))
			e.found.Addresses[i] = Address{IP: ip.String(), Took: time.Since(began)}
		}))
	}
	dials.Wait()
	step := Step{}
	reached := 0
	for i, conn := range conns {
		step.note(e.atAddress(i, errs[i]))
		switch {
		case conn == nil:
			continue
		case e.conn == nil:
			e.conn = conn
		default:
			_ = conn.Close()
		}
		reached++
	}
	if e.conn == nil {
		why := e.ended(errors.Join(errs...))
		if len(tried) > 1 {
			why.Findings = step.Findings
		}
		return why
	}
	if len(tried) == 1 {
		step.Findings = nil // it says the same
	}
	step.Text = fmt.Sprintf("connected to %s", e.conn.RemoteAddr())
	if left := len(e.addresses) - len(tried); left > 0 {
		step.Text += fmt.Sprintf("; %d more addresses were not tried", left)
	}
	if reached < len(tried) {
		step.Remedy = "the dashboard takes an address that answers; let the broker listen on the others too, or take them out of the name"
	}
	return step
}

// atAddress says what the dial to one of the addresses brought.
func (e *examiner) atAddress(i int, err error) Finding {
	a := &e.found.Addresses[i]
	if err == nil {
		return Finding{State: StepOK, Text: fmt.Sprintf("%s took the connection in %s", a.IP, brief(a.Took))}
	}
	there := *e.o
	there.Broker.Host = a.IP
	a.Problem = there.classify(err).Summary
	return Finding{State: StepWarning, Text: a.Problem}
}

// brief is a duration as people want to read it.
func brief(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// upgrade opens the WebSocket.
func (e *examiner) upgrade(ctx context.Context) Step {
	if e.o.Dial != nil {
		return skipped("the connection is made by the program itself")
	}
	within, cancel := context.WithTimeout(ctx, e.o.ConnectTimeout)
	defer cancel()
	conn, err := upgrade(within, e.conn, e.o.Broker)
	if err != nil {
		e.conn = nil
		return e.misunderstood(ctx, err)
	}
	e.conn = conn
	path, _, _ := strings.Cut(e.o.Broker.Path, "?")
	return went("opened at " + path)
}

// misunderstood is a step without TLS after which there is no way on. When the broker
// hung up or said nothing, TLS may have been meant.
func (e *examiner) misunderstood(ctx context.Context, err error) Step {
	step := e.ended(err)
	silent := errors.Is(err, context.DeadlineExceeded) || e.o.closedCause(err, introducing).summary != ""
	if silent && !e.o.Broker.TLS() && e.twinAnswers(ctx) {
		step.Remedy = e.o.twinHint()
	}
	return step
}
