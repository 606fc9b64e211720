package subscriber

import (
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"labtop/model"
	"labtop/safetext"
)

// certificate is what is shown of one, in safe text.
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

// hostNames are the hosts that a certificate is for. A common name is none.
func hostNames(c *x509.Certificate) []string {
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}
