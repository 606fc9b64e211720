package subscriber

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"labtop/crash"
	"labtop/model"
	"labtop/safetext"
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

// TLSReport is what a TLS handshake showed.
type TLSReport struct {
	// Version and Cipher are those that were agreed on, ALPN the protocol; empty when the
	// handshake failed before.
	Version, Cipher, ALPN string
	// ServerName is the name that the certificate was to have.
	ServerName string
	// Trusted says that the certificate was verified. Problem says why it is not
	// trusted, when that is so.
	Trusted bool
	Problem string
	// Chain are the certificates that the broker showed, its own first. Client is the
	// one that it was offered, or nil.
	Chain  []model.Certificate
	Client *model.Certificate
}

// secure does the TLS handshake.
func (e *examiner) secure(ctx context.Context) Step {
	config, err := e.o.tlsConfig()
	switch {
	case e.o.Dial != nil:
		return skipped("the connection is made by the program itself")
	case err != nil:
		return e.ended(err)
	case config == nil:
		return e.inTheClear()
	}
	report := &TLSReport{ServerName: safetext.Clean(config.ServerName)}
	e.found.TLS = report
	if len(config.Certificates) > 0 {
		ours := certificate(config.Certificates[0].Leaf)
		report.Client = &ours
	}
	within, cancel := context.WithTimeout(ctx, e.o.ConnectTimeout)
	defer cancel()
	conn, err := encrypt(within, e.conn, config)
	if err != nil {
		e.conn = nil
		return e.insecurable(ctx, report, err)
	}
	e.conn = conn
	state := conn.ConnectionState()
	report.Version, report.Cipher, report.ALPN = tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite), safetext.Clean(state.NegotiatedProtocol)
	step := went(report.Version + ", " + report.Cipher)
	if report.ALPN != "" {
		step.Text += ", ALPN " + report.ALPN
	} else if e.o.TLS.ALPN != "" {
		step.note(Finding{State: StepWarning, Text: fmt.Sprintf("the broker did not take up the ALPN protocol %q", e.o.TLS.ALPN)})
	}
	report.show(&step, state.PeerCertificates)
	e.trust(&step, report, state, config)
	return step
}

// inTheClear is the step without TLS.
func (e *examiner) inTheClear() Step {
	if e.o.Username == "" || e.conn == nil || loopback(e.conn.RemoteAddr()) {
		return skipped("not asked for: " + e.o.Broker.Scheme + "://")
	}
	return Step{Finding: Finding{
		State: StepWarning, Text: "not encrypted: user name, password and messages can be read on the way",
		Remedy: "use " + e.o.twin() + " if the broker offers it",
	}}
}

func loopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// insecurable is the step whose handshake failed.
func (e *examiner) insecurable(ctx context.Context, report *TLSReport, err error) Step {
	step := e.ended(err)
	var unverified *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unverified):
		report.Problem = step.Text
		report.show(&step, unverified.UnverifiedCertificates)
	case !speaksTLS(err) && e.twinAnswers(ctx):
		step.Remedy = e.o.twinHint()
	}
	return step
}

// trust says who vouches for the broker's certificate, or that nobody was asked and what
// the answer would have been.
func (e *examiner) trust(step *Step, report *TLSReport, state tls.ConnectionState, config *tls.Config) {
	report.Trusted = len(state.VerifiedChains) > 0
	if report.Trusted {
		chain, from := state.VerifiedChains[0], "this system"
		if e.o.TLS.CAFile != "" {
			from = e.o.TLS.CAFile
		}
		step.note(Finding{State: StepOK, Text: fmt.Sprintf("trusted for %s by %s, of %s", config.ServerName, name(chain[len(chain)-1]), from)})
		return
	}
	text := "the broker's certificate is not verified (--insecure)"
	if err := verify(state.PeerCertificates, config); err != nil {
		report.Problem = e.o.classify(&stageError{securing, err}).Summary
		text += ": " + report.Problem
	}
	step.note(Finding{State: StepWarning, Text: text, Remedy: "anybody on the way can pretend to be the broker; give its authority with --ca-file instead"})
}

// verify is the verification that --insecure leaves out.
func verify(chain []*x509.Certificate, config *tls.Config) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: config.RootCAs, DNSName: config.ServerName, Intermediates: between})
	return err
}

// show adds the certificates to the report and the step.
func (r *TLSReport) show(step *Step, chain []*x509.Certificate) {
	now := time.Now()
	for _, c := range chain {
		shown := certificate(c)
		r.Chain = append(r.Chain, shown)
		step.note(validity(&shown, "broker: ", "renew it on the broker", now))
	}
	if r.Client != nil {
		step.note(validity(r.Client, "ours: ", "have a new one made; see --cert-file", now))
	}
}

func certificate(c *x509.Certificate) model.Certificate {
	shown := model.Certificate{Subject: name(c), Issuer: c.Issuer.CommonName, NotBefore: c.NotBefore, NotAfter: c.NotAfter}
	if shown.Issuer == "" {
		shown.Issuer = c.Issuer.String()
	}
	shown.Issuer = safetext.Clean(shown.Issuer)
	for _, n := range hostNames(c) {
		shown.Names = append(shown.Names, safetext.Clean(n))
	}
	return shown
}

// name is what a certificate calls its owner.
func name(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return safetext.Clean(c.Subject.CommonName)
	}
	return safetext.Clean(c.Subject.String())
}

// validity says what there is to know of a certificate in one line.
func validity(c *model.Certificate, whose, remedy string, now time.Time) Finding {
	parts := []string{whose + c.Subject}
	if len(c.Names) > 0 {
		parts = append(parts, "for "+enumerate(c.Names))
	}
	if c.Issuer != c.Subject {
		parts = append(parts, "signed by "+c.Issuer)
	}
	f := Finding{State: StepOK}
	left := c.Left(now)
	days := func(d time.Duration) string { return count(int(d/(24*time.Hour)), "day") }
	switch {
	case now.Before(c.NotBefore):
		f.State = StepWarning
		parts = append(parts, "not valid before "+day(c.NotBefore))
	case left <= 0:
		f.State, f.Remedy = StepWarning, remedy
		parts = append(parts, fmt.Sprintf("expired on %s (%s ago)", day(c.NotAfter), days(-left)))
	case left < model.ExpiresSoon:
		f.State, f.Remedy = StepWarning, remedy
		fallthrough
	default:
		parts = append(parts, fmt.Sprintf("valid until %s (%s)", day(c.NotAfter), days(left)))
	}
	f.Text = strings.Join(parts, ", ")
	return f
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
