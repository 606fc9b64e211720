package subscriber

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // the standard's default, see RFC 8018 appendix A.2
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"os"
)

// The rules for encrypted keys are those of PKCS #8 and PBES2 (RFC 5958 section 3, RFC
// 8018 section 6.2) with AES in CBC mode, which is what OpenSSL writes since version 1.1,
// and the older encryption of PEM itself (RFC 1421).

// ErrKeyPassword says that an encrypted key needs a password, or another one.
var ErrKeyPassword = errors.New("wrong password for the key")

// mostIterations bounds the work that a key file can ask for.
const mostIterations = 10_000_000

// LoadKeyPair reads a certificate and its key, both PEM. An encrypted key is decrypted
// with what password returns; it is not asked otherwise. The error is [ErrKeyPassword]
// when that password is wrong, or that of password.
func LoadKeyPair(certFile, keyFile string, password func() (string, error)) (tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	if block := encryptedBlock(key); block != nil {
		text, err := password()
		if err != nil {
			return tls.Certificate{}, err
		}
		if block, err = decrypt(block, text); err != nil {
			return tls.Certificate{}, err
		}
		key = pem.EncodeToMemory(block)
	}
	return tls.X509KeyPair(cert, key)
}

// KeyIsEncrypted says whether the file holds an encrypted key, PEM.
func KeyIsEncrypted(keyFile string) bool {
	key, err := os.ReadFile(keyFile)
	return err == nil && encryptedBlock(key) != nil
}

// encryptedBlock is the encrypted key in PEM text, nil if there is none.
func encryptedBlock(text []byte) *pem.Block {
	for {
		block, rest := pem.Decode(text)
		switch {
		case block == nil:
			return nil
		case block.Type == pkcs8Encrypted, oldEncryption(block):
			return block
		}
		text = rest
	}
}

const pkcs8Encrypted = "ENCRYPTED PRIVATE KEY"

// oldEncryption says whether PEM itself is encrypted.
func oldEncryption(block *pem.Block) bool {
	return x509.IsEncryptedPEMBlock(block) //nolint:staticcheck // such files are about
}

func decrypt(block *pem.Block, password string) (*pem.Block, error) {
	if block.Type == pkcs8Encrypted {
		der, err := decryptPKCS8(block.Bytes, password)
		if err != nil {
			return nil, err
		}
		if _, err := x509.ParsePKCS8PrivateKey(der); err != nil {
			return nil, ErrKeyPassword // one in 256 wrong passwords leaves a good padding
		}
		return &pem.Block{Type: "PRIVATE KEY", Bytes: der}, nil
	}
	der, err := x509.DecryptPEMBlock(block, []byte(password)) //nolint:staticcheck // such files are about
	if err != nil || unmarshal(der, &asn1.RawValue{}) != nil {
		return nil, ErrKeyPassword // as above
	}
	return &pem.Block{Type: block.Type, Bytes: der}, nil
}

// encryptedKey is EncryptedPrivateKeyInfo (RFC 5958 section 3).
type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// pbes2 is PBES2-params (RFC 8018 appendix A.4).
type pbes2 struct{ Derivation, Cipher pkix.AlgorithmIdentifier }

// derivation is PBKDF2-params (RFC 8018 appendix A.2).
type derivation struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	Hash       pkix.AlgorithmIdentifier `asn1:"optional"`
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

// hashFor is the hash of a derivation's HMAC; nil when it is not known.
func hashFor(id asn1.ObjectIdentifier) func() hash.Hash {
	switch id.String() {
	case "", "1.2.840.113549.2.7":
		return sha1.New
	case "1.2.840.113549.2.9":
		return sha256.New
	case "1.2.840.113549.2.10":
		return sha512.New384
	case "1.2.840.113549.2.11":
		return sha512.New
	}
	return nil
}

// keyLength is that of a cipher in bytes; 0 when it is not known.
func keyLength(id asn1.ObjectIdentifier) int {
	switch id.String() {
	case "2.16.840.1.101.3.4.1.2":
		return 16
	case "2.16.840.1.101.3.4.1.22":
		return 24
	case "2.16.840.1.101.3.4.1.42":
		return 32
	}
	return 0
}

// decryptPKCS8 returns the PrivateKeyInfo within an EncryptedPrivateKeyInfo.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var (
		key    encryptedKey
		scheme pbes2
		kdf    derivation
		iv     []byte
	)
	if err := unmarshal(der, &key); err != nil {
		return nil, err
	}
	unknown := func(what string, id asn1.ObjectIdentifier) error {
		return fmt.Errorf("the key is encrypted with the unknown %s %s; write it anew with openssl pkcs8 -topk8 -v2 aes256", what, id)
	}
	if !key.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, unknown("scheme", key.Algorithm.Algorithm)
	}
	if err := unmarshal(key.Algorithm.Parameters.FullBytes, &scheme); err != nil {
		return nil, err
	}
	if !scheme.Derivation.Algorithm.Equal(oidPBKDF2) {
		return nil, unknown("derivation", scheme.Derivation.Algorithm)
	}
	if err := unmarshal(scheme.Derivation.Parameters.FullBytes, &kdf); err != nil {
		return nil, err
	}
	if err := unmarshal(scheme.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, err
	}
	newHash, length := hashFor(kdf.Hash.Algorithm), keyLength(scheme.Cipher.Algorithm)
	switch {
	case newHash == nil:
		return nil, unknown("hash", kdf.Hash.Algorithm)
	case length == 0:
		return nil, unknown("cipher", scheme.Cipher.Algorithm)
	case kdf.Iterations < 1 || kdf.Iterations > mostIterations || len(iv) != aes.BlockSize || len(key.Data) == 0 || len(key.Data)%aes.BlockSize != 0:
		return nil, errors.New("the key's encryption has numbers that cannot be right")
	}
	secret, err := pbkdf2.Key(newHash, password, kdf.Salt, kdf.Iterations, length)
	if err != nil {
		return nil, fmt.Errorf("cannot decrypt the key: %w", err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("cannot decrypt the key: %w", err)
	}
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(key.Data, key.Data)
	return unpadded(key.Data)
}

func unmarshal(der []byte, into any) error {
	if rest, err := asn1.Unmarshal(der, into); err != nil || len(rest) > 0 {
		return errors.New("the encrypted key is cut or broken")
	}
	return nil
}

// unpadded takes the padding off (RFC 8018 section 6.1.1).
func unpadded(data []byte) ([]byte, error) {
	n := int(data[len(data)-1])
	if n < 1 || n > aes.BlockSize || !bytes.Equal(data[len(data)-n:], bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, ErrKeyPassword
	}
	return data[:len(data)-n], nil
}
