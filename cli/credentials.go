package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"labtop/subscriber"
)

const (
	maxPasswordBytes       = 64 << 10
	passwordCommandTimeout = 10 * time.Second
)

// asker asks somebody for a secret, and says what for.
type asker func(ctx context.Context, what string) (Secret, error)

// findSecrets fills Password and KeyPassword from where they are to come from and looks
// at the files that TLS needs. The warnings are for people.
func (c *Config) findSecrets(ctx context.Context, ask asker) ([]string, error) {
	from, warnings, err := c.checkSecrets()
	if err != nil {
		return warnings, err
	}
	if err := c.findKeyPassword(ctx, ask); err != nil {
		return warnings, err
	}
	switch from {
	case "":
		return warnings, nil
	case "password-file":
		c.Password, err = passwordFromFile(c.PasswordFile)
	case "password-command":
		c.Password, err = passwordFromCommand(ctx, c.PasswordCommand)
	case "password-prompt":
		c.Password, err = ask(ctx, "Password for "+c.brokers())
	}
	if errors.Is(err, context.Canceled) {
		return warnings, err
	}
	if err != nil {
		return warnings, usageError(&placed{c.origins[from].place, err})
	}
	if c.Password != "" && cmp.Or(c.Username, c.Broker.Username) == "" { // MQTT 3.1.1 section 3.1.2.9
		return warnings, usagef("%s: a password needs a user; give --username too", c.origins[from].place)
	}
	return warnings, nil
}

// checkSecrets does what can be done without the password: it looks at the files
// and returns the setting that the password comes from.
func (c *Config) checkSecrets() (from string, warnings []string, err error) {
	if warnings, err = c.checkFiles(); err != nil {
		return "", warnings, err
	}
	from, err = c.passwordOrigin()
	return from, warnings, err
}

// passwordOrigin returns the setting that the password comes from; empty for no
// password. The one from the later layer counts; in the environment the password
// itself beats the others.
func (c *Config) passwordOrigin() (string, error) {
	given := map[string]bool{
		"password-file": c.PasswordFile != "", "password-command": c.PasswordCommand != nil, "password-prompt": c.PasswordPrompt,
	}
	from, twice := "", ""
	for _, name := range []string{"password-file", "password-command", "password-prompt"} {
		switch {
		case !given[name]:
		case from == "" || c.origins[name].layer > c.origins[from].layer:
			from, twice = name, ""
		case c.origins[name].layer == c.origins[from].layer:
			twice = name
		}
	}
	switch {
	case c.Password != "" && (from == "" || c.origins[from].layer <= fromEnv):
		return "password", nil
	case twice != "":
		return "", usagef("%s: %s is given too, at %s; keep one of them",
			c.origins[twice].place, strings.ReplaceAll(from, "-", "_"), c.origins[from].place)
	}
	return from, nil
}

// findKeyPassword fills KeyPassword if the client's key is encrypted, and sees that it
// is the right one.
func (c *Config) findKeyPassword(ctx context.Context, ask asker) (err error) {
	if !regular(c.KeyFile) || !regular(c.CertFile) || !subscriber.KeyIsEncrypted(c.KeyFile) {
		return nil
	}
	from := "key-password"
	switch {
	case c.KeyPasswordFile != "" && (c.KeyPassword == "" || c.origins["key-password-file"].layer > fromEnv):
		from = "key-password-file"
		c.KeyPassword, err = passwordFromFile(c.KeyPasswordFile)
	case c.KeyPassword == "":
		from = "key-file"
		c.KeyPassword, err = ask(ctx, "Password for the key "+c.KeyFile)
		if errors.Is(err, errNoTerminal) {
			err = fmt.Errorf("%s is encrypted; give its password with --key-password-file or LABTOP_KEY_PASSWORD", c.KeyFile)
		}
	}
	if err == nil {
		err = c.checkKeyPair()
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return usageError(&placed{c.origins[from].place, err})
	}
	return err
}

// checkKeyPair sees that the client's certificate and key belong together.
func (c *Config) checkKeyPair() error {
	_, err := subscriber.LoadKeyPair(c.CertFile, c.KeyFile, func() (string, error) { return string(c.KeyPassword), nil })
	switch {
	case errors.Is(err, subscriber.ErrKeyPassword):
		return fmt.Errorf("%w %s", err, c.KeyFile)
	case err != nil:
		return fmt.Errorf("%s and %s are no certificate with its key: %w; name PEM files that belong together", c.CertFile, c.KeyFile, err)
	}
	return nil
}

func passwordFromFile(path string) (Secret, error) {
	data, err := readBounded(path, maxPasswordBytes)
	if err != nil {
		return "", fmt.Errorf("cannot read the password: %w", err)
	}
	password := firstLine(data)
	if password == "" {
		return "", fmt.Errorf("the first line of %s is empty; write the password there", path)
	}
	return password, nil
}

// passwordFromCommand runs argv without a shell. Nothing that it prints enters an
// error.
func passwordFromCommand(ctx context.Context, argv []Secret) (Secret, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, passwordCommandTimeout,
		fmt.Errorf("%s did not answer within %s", quote(string(argv[0])), passwordCommandTimeout))
	defer cancel()
	out := &bounded{most: maxPasswordBytes}
	program, args := string(argv[0]), make([]string, len(argv)-1)
	for i, arg := range argv[1:] {
		args[i] = string(arg)
	}
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // the user names the program in the config
	cmd.Stdout = out
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return "", fmt.Errorf("the password command failed: %w; run it by hand to see why", err)
	}
	password := firstLine(out.data.Bytes())
	if len(password) == maxPasswordBytes {
		return "", fmt.Errorf("the password command %s printed a first line of more than %s", quote(string(argv[0])), formatSize(maxPasswordBytes-1))
	}
	if password == "" {
		return "", fmt.Errorf("the password command %s printed no password in its first line", quote(string(argv[0])))
	}
	return password, nil
}

// bounded is a writer that keeps the first most bytes and drops the rest.
type bounded struct {
	data bytes.Buffer
	most int
}

func (b *bounded) Write(p []byte) (int, error) {
	b.data.Write(p[:min(len(p), b.most-b.data.Len())])
	return len(p), nil
}

func firstLine(data []byte) Secret {
	line, _, _ := strings.Cut(string(data), "\n")
	return Secret(strings.TrimSuffix(line, "\r"))
}

// checkFiles sees that the files that were named are there and that TLS can use
// them, and warns of secrets that others can read.
func (c *Config) checkFiles() (warnings []string, err error) {
	for _, f := range []struct {
		setting, path string
		secret        bool
	}{
		{"ca-file", c.CAFile, false},
		{"cert-file", c.CertFile, false},
		{"key-file", c.KeyFile, true},
		{"key-password-file", c.KeyPasswordFile, true},
		{"password-file", c.PasswordFile, true},
	} {
		if f.path == "" {
			continue
		}
		info, err := os.Stat(f.path)
		if err == nil && info.IsDir() {
			err = errors.New("is a directory; name a file")
			return warnings, usagef("%s: %s %w", c.origins[f.setting].place, f.path, err)
		}
		if err != nil {
			return warnings, usageError(&placed{c.origins[f.setting].place, fmt.Errorf("cannot read the file: %w", err)})
		}
		if f.secret && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
			warnings = append(warnings, fmt.Sprintf("%s can be read by others; run chmod 600 on it", f.path))
		}
	}
	if warning := c.openSecrets(); warning != "" {
		warnings = append(warnings, warning)
	}
	return warnings, c.checkCertificates()
}

// openSecrets warns of a config file that others can read and that may hold a secret
// itself: a header of a channel, or a webhook's address. It is empty when all is well.
func (c *Config) openSecrets() string {
	holds := slices.ContainsFunc(c.Channels, func(ch placedChannel) bool {
		for _, header := range ch.headers {
			if header.text != "" {
				return true
			}
		}
		return ch.kind == "webhook" && ch.url.text != ""
	})
	info, err := os.Stat(c.File)
	if !holds || err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
		return ""
	}
	return c.File + " can be read by others and may hold a secret, a header or a webhook's url; run chmod 600 on it"
}

// checkCertificates parses the files of TLS. It reads regular files only: a pipe
// could not be read again when it is needed.
func (c *Config) checkCertificates() error {
	if regular(c.CAFile) {
		data, err := os.ReadFile(c.CAFile)
		if err != nil {
			return usageError(&placed{c.origins["ca-file"].place, fmt.Errorf("cannot read the file: %w", err)})
		}
		if !x509.NewCertPool().AppendCertsFromPEM(data) {
			return usagef("%s: %s holds no PEM certificate; name the certificate of the authority that signed the broker's",
				c.origins["ca-file"].place, c.CAFile)
		}
	}
	if !regular(c.CertFile) || !regular(c.KeyFile) {
		return nil
	}
	if subscriber.KeyIsEncrypted(c.KeyFile) {
		return nil // that is for when the password is known
	}
	if err := c.checkKeyPair(); err != nil {
		return usageError(&placed{c.origins["cert-file"].place, err})
	}
	return nil
}

func regular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
