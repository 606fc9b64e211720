package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/testkit/authority"
)

func TestPasswordFromFile(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, content, want, problem string }{
		{"newline", "s3cret\n", "s3cret", ""},
		{"no newline", "s3cret", "s3cret", ""},
		{"windows", "s3cret\r\nmore\r\n", "s3cret", ""},
		{"blanks stay", " s3 cret \n", " s3 cret ", ""},
		{"empty", "", "", "the first line of FILE is empty; write the password there"},
		{"empty line", "\ns3cret\n", "", "the first line of FILE is empty; write the password there"},
		{"longest", strings.Repeat("x", 64<<10), strings.Repeat("x", 64<<10), ""},
		{"too long", strings.Repeat("x", 64<<10+1), "", "cannot read the password: FILE is larger than 64KiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "password")
			writeFile(t, path, tt.content)
			got, err := passwordFromFile(path)
			if string(got) != tt.want {
				t.Errorf("got %q", string(got))
			}
			if problem := strings.ReplaceAll(fmt.Sprint(err), path, "FILE"); tt.problem != "" && problem != tt.problem || tt.problem == "" && err != nil {
				t.Errorf("error %q, want %q", problem, tt.problem)
			}
		})
	}
}

func TestPasswordFromCommand(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name          string
		ctx           context.Context
		argv          []Secret
		want, problem string
	}{
		{"first line", t.Context(), []Secret{"printf", "s3cret\nmore"}, "s3cret", ""},
		{"no shell", t.Context(), []Secret{"printf", "%s", "$HOME;ls"}, "$HOME;ls", ""},
		{"nothing", t.Context(), []Secret{"true"}, "", `the password command "true" printed no password in its first line`},
		{"failure", t.Context(), []Secret{"sh", "-c", "echo s3cret >&2; exit 3"}, "", "the password command failed: exit status 3; run it by hand to see why"},
		{"not there", t.Context(), []Secret{"/nowhere/pass"}, "", "the password command failed: fork/exec /nowhere/pass: no such file or directory; run it by hand to see why"},
		{"too much", t.Context(), []Secret{"sh", "-c", "head -c 100000 /dev/zero"}, "", `the password command "sh" printed a first line of more than 65535B`},
		{"cancelled", cancelled, []Secret{"sleep", "60"}, "", "the password command failed: context canceled; run it by hand to see why"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := passwordFromCommand(tt.ctx, tt.argv)
			if string(got) != tt.want {
				t.Errorf("got %q", string(got))
			}
			if tt.problem == "" && err != nil || tt.problem != "" && fmt.Sprint(err) != tt.problem {
				t.Errorf("error %v, want %q", err, tt.problem)
			}
		})
	}
}

func TestFindSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret := filepath.Join(dir, "password")
	writeFile(t, secret, "s3cret\n")
	path := filepath.Join(dir, "config.yaml")
	tests := []struct{ name, content, want, problem string }{
		{"none", "", "", ""},
		{"relative file", "username: u\npassword_file: password\n", "s3cret", ""},
		{"command", "username: u\npassword_command: [echo, s3cret]\n", "s3cret", ""},
		{"user in the URL", "broker: mqtt://u@h\npassword_file: password\n", "s3cret", ""},
		{"no user", "password_file: password\n", "", "FILE:1:1: a password needs a user; give --username too"},
		{"both", "password_file: password\npassword_command: [echo]\n", "", "FILE:2:1: password_file is given too, at FILE:1:1; keep one of them"},
		{"both with a prompt", "password_prompt: true\npassword_command: [echo]\n", "", "FILE:1:1: password_command is given too, at FILE:2:1; keep one of them"},
		{"nobody to ask", "username: u\npassword_prompt: true\n", "", "FILE:2:1: there is no terminal to ask on; name a file that holds the password"},
		{"missing", "password_file: none\n", "", "FILE:1:1: cannot read the file: stat DIR/none: no such file or directory"},
		{"directory", "tls: {ca_file: .}\n", "", "FILE:1:7: DIR is a directory; name a file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			writeFile(t, path, tt.content)
			c, err := fileAlone(func(string) (string, bool) { return "", false }, path, "").load()
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.findSecrets(t.Context(), (&app{}).ask)
			if tt.problem == "" && string(c.Password) != tt.want {
				t.Errorf("got %q", string(c.Password))
			}
			problem := strings.NewReplacer(path, "FILE", dir, "DIR").Replace(fmt.Sprint(err))
			if tt.problem == "" && err != nil || tt.problem != "" && (problem != tt.problem || exitCode(err) != ExitUsage) {
				t.Errorf("error %q with code %d, want %q", problem, exitCode(err), tt.problem)
			}
			if shown := fmt.Sprintf("%v %+v %#v %s %q %x", c, *c, *c, c.Password, c.Password, c.Password); strings.Contains(shown, "s3cret") {
				t.Errorf("the config shows its password: %s", shown)
			}
		})
	}
}

func TestCertificateFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := authority.New(t, dir, "lab")
	cert, key := ca.Issue(t, "me", -time.Hour, time.Hour)
	_, otherKey := ca.Issue(t, "other", -time.Hour, time.Hour)
	junk := filepath.Join(dir, "junk")
	writeFile(t, junk, "no certificate")
	tests := []struct {
		name          string
		ca, cert, key string
		want          string
	}{
		{"good", ca.File, cert, key, ""},
		{"no authority", junk, "", "", "--ca-file: DIR/junk holds no PEM certificate; name the certificate of the authority that signed the broker's"},
		{"a key for the authority", key, "", "", "--ca-file: DIR/me.key holds no PEM certificate; name the certificate of the authority that signed the broker's"},
		{"no certificate", "", junk, key, "--cert-file: DIR/junk and DIR/me.key are no certificate with its key: tls: failed to find any PEM data in certificate input; name PEM files that belong together"},
		{"no key", "", cert, junk, "--cert-file: DIR/me.crt and DIR/junk are no certificate with its key: tls: failed to find any PEM data in key input; name PEM files that belong together"},
		{"another's key", "", cert, otherKey, "--cert-file: DIR/me.crt and DIR/other.key are no certificate with its key: tls: private key does not match public key; name PEM files that belong together"},
		{"no regular file", os.DevNull, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &Config{CAFile: tt.ca, CertFile: tt.cert, KeyFile: tt.key, origins: map[string]origin{
				"ca-file": {fromFlag, "--ca-file"}, "cert-file": {fromFlag, "--cert-file"}, "key-file": {fromFlag, "--key-file"},
			}}
			warnings, err := c.checkFiles()
			problem := strings.ReplaceAll(fmt.Sprint(err), dir, "DIR")
			if tt.want == "" && err != nil || tt.want != "" && (problem != tt.want || exitCode(err) != ExitUsage) || len(warnings) != 0 {
				t.Errorf("error %q with code %d, warnings %q\nwant  %q", problem, exitCode(err), warnings, tt.want)
			}
		})
	}
}

func TestOthersCanRead(t *testing.T) {
	t.Parallel()
	cert, path := authority.New(t, t.TempDir(), "lab").Issue(t, "me", -time.Hour, time.Hour)
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o400: 0, 0o640: 1, 0o604: 1} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		warnings, err := (&Config{KeyFile: path, CertFile: cert}).checkFiles()
		if len(warnings) != want || err != nil {
			t.Errorf("mode %o: %q, %v", mode, warnings, err)
		}
	}
}

// TestKeyPasswords decrypts a client's key with passwords from different places.
func TestKeyPasswords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := authority.New(t, dir, "lab").Issue(t, "me", -time.Hour, time.Hour)
	encrypted := authority.Encrypt(t, key, "s3cret", false)
	right, wrong := filepath.Join(dir, "right"), filepath.Join(dir, "wrong")
	writeFile(t, right, "s3cret\n")
	writeFile(t, wrong, "s3cert\n")
	nobody := (&app{}).ask
	somebody := func(_ context.Context, what string) (Secret, error) {
		if what != "Password for the key "+encrypted {
			t.Errorf("asked for %q", what)
		}
		return "s3cret", nil
	}
	tests := []struct {
		name, key, env, file string
		ask                  asker
		want                 string
	}{
		{"not encrypted", key, "", "", nobody, ""},
		{"environment", encrypted, "s3cret", "", nobody, ""},
		{"file", encrypted, "", right, nobody, ""},
		{"file from a flag beats environment", encrypted, "s3cert", right, nobody, ""},
		{"prompt", encrypted, "", "", somebody, ""},
		{"nobody to ask", encrypted, "", "", nobody, "--key-file: KEY is encrypted; give its password with --key-password-file or LABTOP_KEY_PASSWORD"},
		{"wrong", encrypted, "s3cert", "", nobody, "LABTOP_KEY_PASSWORD: wrong password for the key KEY"},
		{"wrong in the file", encrypted, "", wrong, nobody, "--key-password-file: wrong password for the key KEY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &Config{CertFile: cert, KeyFile: tt.key, KeyPassword: Secret(tt.env), KeyPasswordFile: tt.file, origins: map[string]origin{
				"cert-file": {fromFlag, "--cert-file"}, "key-file": {fromFlag, "--key-file"},
				"key-password": {fromEnv, "LABTOP_KEY_PASSWORD"}, "key-password-file": {fromFlag, "--key-password-file"},
			}}
			_, err := c.findSecrets(t.Context(), tt.ask)
			problem := strings.ReplaceAll(fmt.Sprint(err), encrypted, "KEY")
			if tt.want == "" && err != nil || tt.want != "" && (problem != tt.want || exitCode(err) != ExitUsage) {
				t.Errorf("error %q with code %d, want %q", problem, exitCode(err), tt.want)
			}
			if tt.want == "" && tt.key == encrypted {
				if _, err := subscriberOptions(c).TLS.KeyPassword(); err != nil || string(c.KeyPassword) != "s3cret" {
					t.Errorf("%v, password %q", err, string(c.KeyPassword))
				}
			}
			if shown := fmt.Sprintf("%v %+v %#v", c, *c, *c); strings.Contains(shown, "s3cret") {
				t.Errorf("the config shows the key's password: %s", shown)
			}
		})
	}
}

func TestOthersCanReadConfig(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		content string
		mode    os.FileMode
		warned  bool
	}{
		{"notify: {phone: {webhook: {url: \"https://example.org/t0ken\"}}}\n", 0o644, true},
		{"notify: {phone: {webhook: {url: \"https://example.org/t0ken\"}}}\n", 0o600, false},
		{"notify: {phone: {webhook: {url: {env: URL}, headers: {Authorization: t0ken}}}}\n", 0o640, true},
		{"notify: {phone: {webhook: {url: {env: URL}, headers: {Authorization: {env: T}}}}}\n", 0o644, false},
		{"notify: {ops: {alertmanager: {url: \"http://localhost:9093\"}}}\n", 0o644, false},
		{"username: u\npassword_command: [pass, show, lab]\n", 0o644, false},
	} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		writeFile(t, path, tt.content)
		if err := os.Chmod(path, tt.mode); err != nil {
			t.Fatal(err)
		}
		c, err := fileAlone(func(string) (string, bool) { return "", false }, path, "").load()
		if err != nil {
			t.Fatal(err)
		}
		warnings, err := c.checkFiles()
		want := path + " can be read by others and may hold a secret, a header or a webhook's url; run chmod 600 on it"
		if err != nil || len(warnings) > 1 || tt.warned != (len(warnings) == 1 && warnings[0] == want) {
			t.Errorf("%o %s: %q, %v", tt.mode, tt.content, warnings, err)
		}
	}
}
