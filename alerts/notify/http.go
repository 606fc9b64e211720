package notify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"labtop/safetext"
)

const (
	httpTimeout = 5 * time.Second
	// maxAnswer is how much of an answer's body is read.
	maxAnswer    = 64 << 10
	maxRedirects = 3
)

// HTTPOptions say where and how to post.
type HTTPOptions struct {
	// URL is http or https, without a user. It may hold a secret in its path or
	// query, so that only its scheme and host are ever shown.
	URL string
	// Headers are sent too; their values may be secrets.
	Headers map[string]string
	// CA are the authorities to trust, nil for the system's.
	CA *x509.CertPool
	// AllowPrivate lifts the rules on addresses.
	AllowPrivate bool
	// Timeout is for one request, its answer included; 0 means 5 s.
	Timeout time.Duration
	// Resolver looks names up; nil means the system's.
	Resolver *net.Resolver
}

// poster posts JSON to one URL.
type poster struct {
	url     *url.URL
	headers map[string]string
	client  *http.Client
}

// CheckURL says why a URL cannot be posted to, without showing more of it than
// its scheme and host.
func CheckURL(text string) error {
	_, err := parseURL(text)
	return err
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("this is not a URL; write one like https://host/path")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the URL must begin with http:// or https://")
	case u.Hostname() == "":
		return nil, errors.New("the URL names no host; write one like https://host/path")
	case u.User != nil:
		return nil, errors.New("a user or password does not belong in the URL; give a header instead")
	}
	return u, nil
}

// CheckHeader says why a header cannot be sent.
func CheckHeader(name, value string) error {
	valid := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	}
	switch {
	case name == "" || strings.ContainsFunc(name, func(r rune) bool { return !valid(r) }):
		return errors.New("this is no name of a header; write one like Authorization")
	case slices.Contains([]string{"Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection"}, http.CanonicalHeaderKey(name)):
		return errors.New("this header is set by labtop; remove it")
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return errors.New("the header's value holds a control character; remove it")
	}
	return nil
}

// Where is the scheme and host of a URL, which is all that may be shown of it.
func Where(text string) string {
	u, err := parseURL(text)
	if err != nil {
		return ""
	}
	return safetext.CleanMax(u.Scheme+"://"+u.Host, maxName)
}

func newPoster(o HTTPOptions) (*poster, error) {
	u, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	for name, value := range o.Headers {
		if err := CheckHeader(name, value); err != nil {
			return nil, err
		}
	}
	rule := ruleFor(u.Hostname(), o.AllowPrivate)
	timeout := cmp.Or(o.Timeout, httpTimeout)
	dialer := &net.Dialer{Timeout: timeout, Resolver: o.Resolver, Control: func(_, address string, _ syscall.RawConn) error {
		return checkDial(rule, address)
	}}
	return &poster{url: u, headers: o.Headers, client: &http.Client{
		Timeout:       timeout,
		CheckRedirect: sameHost,
		Transport: &http.Transport{ // no proxy: the rules on addresses are for the host itself
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: o.CA, MinVersion: tls.VersionTLS12},
			MaxResponseHeaderBytes: maxAnswer,
			DisableKeepAlives:      true, // messages are seldom, and nothing stays behind
			DisableCompression:     true, // an answer has the size that it has
		},
	}}, nil
}

// addressError says that an address may not be connected to.
type addressError struct{ err error }

func (a *addressError) Error() string { return a.err.Error() }

// checkDial applies a rule to what is about to be connected to.
func checkDial(rule addressRule, address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &addressError{errNoHost}
	}
	if err := rule.check(at.Addr()); err != nil {
		return &addressError{err}
	}
	return nil
}

var errRedirect = errors.New("it redirects elsewhere, which is not followed; give the URL that it leads to")

// sameHost follows a redirect only where the message would be posted again, to the
// same host.
func sameHost(r *http.Request, via []*http.Request) error {
	first := via[0].URL
	if r.Method != http.MethodPost || r.URL.Scheme != first.Scheme || r.URL.Host != first.Host || len(via) > maxRedirects {
		return errRedirect
	}
	return nil
}

// post sends a JSON body. Errors that may pass are temporary; none shows the URL
// or anything of the answer but its code.
func (p *poster) post(ctx context.Context, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url.String(), bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL cannot be posted to")
	}
	for name, value := range p.headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", "application/json")
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "labtop")
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return p.explain(err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // only the code counts
	code := answer.StatusCode
	if code >= 200 && code < 300 {
		return nil
	}
	err = fmt.Errorf("%s answered %d %s", p.where(), code, http.StatusText(code))
	if code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout {
		return &temporaryError{err}
	}
	return err
}

func (p *poster) where() string { return safetext.CleanMax(p.url.Scheme+"://"+p.url.Host, maxName) }

// explain takes the URL out of the client's error and says which errors may pass.
func (p *poster) explain(err error) error {
	if errors.Is(err, errRedirect) {
		return fmt.Errorf("%s: %w", p.where(), errRedirect)
	}
	if refused, ok := errors.AsType[*addressError](err); ok {
		return fmt.Errorf("%s: %w", p.where(), refused)
	}
	if inner, ok := errors.AsType[*url.Error](err); ok {
		timeout := inner.Timeout()
		err = inner.Err
		if timeout {
			err = fmt.Errorf("no answer within %s", p.client.Timeout)
		}
	}
	if broken, ok := errors.AsType[*net.OpError](err); ok { // the address is said already
		err = broken.Err
	}
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		err = call.Err
	}
	err = fmt.Errorf("%s: %w", p.where(), err)
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return err
	}
	return &temporaryError{err}
}

// Webhook posts each message as JSON to a URL.
type Webhook struct{ post *poster }

// NewWebhook returns a Webhook, or why there can be none.
func NewWebhook(o HTTPOptions) (*Webhook, error) {
	p, err := newPoster(o)
	if err != nil {
		return nil, err
	}
	return &Webhook{p}, nil
}

// Send implements [Sender].
func (w *Webhook) Send(ctx context.Context, m *Message) error { return w.post.post(ctx, m.JSON()) }
