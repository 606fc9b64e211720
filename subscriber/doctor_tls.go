package subscriber

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"labtop/model"
	"labtop/safetext"
)

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
