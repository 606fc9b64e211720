package subscriber_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labtop/subscriber"
	"labtop/testkit/authority"
)

// TestEncryptedKeys reads keys as openssl writes them.
func TestEncryptedKeys(t *testing.T) {
	t.Parallel()
	cert, key := authority.New(t, t.TempDir(), "lab").Issue(t, "me", -time.Hour, time.Hour)
	tests := []struct {
		name  string
		old   bool
		flags []string
		want  string // of the error, empty for none
	}{
		{"default", false, nil, ""},
		{"aes128", false, []string{"-v2", "aes-128-cbc"}, ""},
		{"aes192 and SHA-1", false, []string{"-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA1"}, ""},
		{"aes256 and SHA-384", false, []string{"-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA384"}, ""},
		{"SHA-512, many rounds", false, []string{"-v2", "aes256", "-v2prf", "hmacWithSHA512", "-iter", "100000"}, ""},
		{"as old versions did", true, []string{"-aes256"}, ""},
		{"as very old versions did", true, []string{"-des3"}, ""},
		{"triple DES", false, []string{"-v2", "des3"}, "the key is encrypted with the unknown cipher 1.2.840.113549.3.7; write it anew with openssl pkcs8 -topk8 -v2 aes256"},
		{"scrypt", false, []string{"-scrypt"}, "the key is encrypted with the unknown derivation 1.3.6.1.4.1.11591.4.11; write it anew with openssl pkcs8 -topk8 -v2 aes256"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := authority.Encrypt(t, key, "s3cret", tt.old, tt.flags...)
			if !subscriber.KeyIsEncrypted(path) || subscriber.KeyIsEncrypted(key) {
				t.Error("it does not know which key is encrypted")
			}
			pair, err := subscriber.LoadKeyPair(cert, path, func() (string, error) { return "s3cret", nil })
			if fmt.Sprint(err) != tt.want && (tt.want != "" || err != nil) {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if err == nil && pair.Leaf.Subject.CommonName != "me" {
				t.Errorf("%+v", pair.Leaf.Subject)
			}
			if tt.want != "" {
				return
			}
			if _, err := subscriber.LoadKeyPair(cert, path, func() (string, error) { return "wrong", nil }); !errors.Is(err, subscriber.ErrKeyPassword) {
				t.Errorf("a wrong password: %v", err)
			}
			asked := errors.New("nobody knows")
			if _, err := subscriber.LoadKeyPair(cert, path, func() (string, error) { return "", asked }); !errors.Is(err, asked) {
				t.Errorf("no password: %v", err)
			}
		})
	}
}

// TestBrokenKeys reads an encrypted key that is cut at every byte, and one of which each
// byte is wrong. It never decrypts to another key.
func TestBrokenKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := authority.New(t, dir, "lab").Issue(t, "me", -time.Hour, time.Hour)
	text, err := os.ReadFile(authority.Encrypt(t, key, "s3cret", false, "-iter", "1"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	path := filepath.Join(dir, "broken.key")
	load := func(der []byte) error {
		t.Helper()
		broken := pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der})
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := subscriber.LoadKeyPair(cert, path, func() (string, error) { return "s3cret", nil })
		return err
	}
	if err := load(block.Bytes); err != nil {
		t.Fatal(err)
	}
	for i := range block.Bytes {
		if err := load(block.Bytes[:i]); err == nil {
			t.Errorf("cut at byte %d it is still a key", i)
		}
		wrong := append([]byte(nil), block.Bytes...)
		wrong[i] ^= 0x04
		if err := load(wrong); err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("byte %d wrong: %q", i, err)
		}
	}
}
