package subscriber

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// TLSOptions say how the broker's certificate is verified and which one is
// shown. The files are read before every attempt, so that they may change.
type TLSOptions struct {
	// CAFile holds the certificates to trust, PEM; empty means the system's.
	CAFile string
	// CertFile and KeyFile are the client's certificate and key, PEM; both or
	// neither.
	CertFile, KeyFile string
	// KeyPassword is asked for when the key is encrypted; nil means no password.
	KeyPassword func() (string, error)
	// ServerName is the name that the broker's certificate must have; empty
	// means the URL's host.
	ServerName string
	// ALPN is the protocol to ask for in the handshake (RFC 7301), such as
	// "mqtt"; empty means none.
	ALPN string
	// Insecure turns off the verification of the broker's certificate.
	Insecure bool
}

// config reads the files. TLS 1.2 is the oldest version spoken.
func (t TLSOptions) config(host string) (*tls.Config, error) {
	c := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         cmp.Or(t.ServerName, host),
		InsecureSkipVerify: t.Insecure, //nolint:gosec // asked for by name, and shown all the time
	}
	if t.ALPN != "" {
		c.NextProtos = []string{t.ALPN}
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the CA file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("the CA file %s holds no PEM certificate", t.CAFile)
		}
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		return nil, errors.New("a client certificate needs both --cert-file and --key-file")
	}
	if t.CertFile != "" {
		pair, err := LoadKeyPair(t.CertFile, t.KeyFile, t.keyPassword)
		if err != nil {
			return nil, fmt.Errorf("cannot use the client certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func (t TLSOptions) keyPassword() (string, error) {
	if t.KeyPassword == nil {
		return "", errors.New("the key is encrypted and needs a password")
	}
	return t.KeyPassword()
}
