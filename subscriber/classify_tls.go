package subscriber

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

func (o *Options) tlsCause(err error, _ stage) explanation {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		other   *tls.CertificateVerificationError
		plain   tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &name):
		return wrongName(name)
	case errors.As(err, &invalid):
		return invalidCertificate(invalid)
	case errors.As(err, &unknown):
		return explanation{
			summary: "the broker's certificate is signed by an authority that is not trusted here",
			hint:    "give the authority's certificate with --ca-file",
			lasting: true,
		}
	case errors.As(err, &other):
		return explanation{summary: fmt.Sprintf("the broker's certificate was not accepted: %v", other.Err), lasting: true}
	case errors.As(err, &plain):
		return explanation{
			summary: fmt.Sprintf("%s does not speak TLS", o.where()),
			hint:    "is this a TLS port? Without TLS it is " + o.twin(),
			lasting: true,
		}
	}
	return alertCause(err)
}

func wrongName(e x509.HostnameError) explanation {
	names := hostNames(e.Certificate)
	x := explanation{
		summary: fmt.Sprintf("the broker's certificate is for %s, not for %s", enumerate(names), e.Host),
		hint:    "use one of these names in the URL, or give it with --server-name",
		lasting: true,
	}
	if len(names) == 0 {
		x.summary = fmt.Sprintf("the broker's certificate names no host (subject alternative name), so it is not for %s", e.Host)
		x.hint = "make a certificate with a subject alternative name; a common name is not enough"
	}
	return x
}

// speaksTLS says whether an error shows that the other side speaks TLS: it has shown a
// certificate, sent an alert, or ended the handshake.
func speaksTLS(err error) bool {
	var (
		at    *stageError
		shown *tls.CertificateVerificationError
	)
	return errors.As(err, &shown) || alertCause(err).summary != "" || errors.As(err, &at) && at.stage > securing
}

// enumerate lists the names, the first few of many.
func enumerate(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

func invalidCertificate(e x509.CertificateInvalidError) explanation {
	now := time.Now()
	switch {
	case e.Reason == x509.Expired && e.Cert != nil && now.Before(e.Cert.NotBefore):
		return explanation{
			summary: fmt.Sprintf("the broker's certificate is not valid before %s", day(e.Cert.NotBefore)),
			hint:    fmt.Sprintf("is this machine's clock right? It says %s", day(now)),
			lasting: true,
		}
	case e.Reason == x509.Expired && e.Cert != nil:
		return explanation{
			summary: fmt.Sprintf("the broker's certificate expired on %s", day(e.Cert.NotAfter)),
			hint:    fmt.Sprintf("renew it on the broker. If it should be valid: this machine's clock says %s", day(now)),
			lasting: true,
		}
	}
	return explanation{summary: fmt.Sprintf("the broker's certificate was not accepted: %v", e), lasting: true}
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// alertCause explains a TLS alert from the broker. The type of its error is not
// exported, so that its text must do. With TLS 1.3 a broker rejects the client's
// certificate only after the handshake.
func alertCause(err error) explanation {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return explanation{}
	}
	alert := strings.TrimPrefix(op.Err.Error(), "tls: ")
	switch {
	case alert == "certificate required":
		return explanation{
			summary: "the broker wants a client certificate",
			hint:    "give one with --cert-file and --key-file",
			lasting: true,
		}
	case strings.Contains(alert, "certificate"): // bad, expired, revoked, unknown, unknown authority
		return explanation{
			summary: fmt.Sprintf("the broker did not accept our client certificate: %s", alert),
			hint:    "check --cert-file: who signed it, and until when it is valid. Without one: the broker may want one",
			lasting: true,
		}
	}
	return explanation{
		summary: fmt.Sprintf("the broker ended the TLS handshake: %s", alert),
		hint:    "broker and client share no TLS version, cipher, server name or ALPN protocol",
		lasting: true,
	}
}
