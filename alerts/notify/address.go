package notify

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Which addresses a URL may lead to. The rules are:
//
//   - An address that the URL names itself was chosen: it may be private or
//     loopback.
//   - A name of a local network (no dot, or .local, .lan, .home, .internal,
//     .home.arpa, .localhost) may lead to private and loopback addresses.
//   - Any other name must lead to public addresses: who owns a public name must
//     not be able to point it at a host of the lab.
//   - Link-local addresses, where clouds keep their metadata, and those that are
//     no host's are refused in all cases.
//   - An IPv4 address inside an IPv6 one (mapped, NAT64, 6to4) counts as itself.
//
// `allow_private: true` lifts the rules. They are applied to the very address that
// is connected to, so that a name cannot change in between.

// addressRule says which addresses may be connected to for one URL.
type addressRule uint8

const (
	onlyPublic addressRule = iota
	privateToo
	anyAddress
)

// ruleFor is the rule for the host of a URL, without its port.
func ruleFor(host string, allowPrivate bool) addressRule {
	if allowPrivate {
		return anyAddress
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return privateToo
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !strings.Contains(host, ".") {
		return privateToo
	}
	for _, local := range []string{".local", ".lan", ".home", ".internal", ".home.arpa", ".localhost"} {
		if strings.HasSuffix(host, local) {
			return privateToo
		}
	}
	return onlyPublic
}

var errNoHost = errors.New("this address is no host's")

// check says why the address may not be connected to, or nil.
func (r addressRule) check(a netip.Addr) error {
	if r == anyAddress {
		return nil
	}
	a = embedded(a.WithZone("").Unmap())
	switch {
	case !a.IsValid(), a.IsUnspecified(), a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return errNoHost
	case a.IsLinkLocalUnicast():
		return fmt.Errorf("%s is a link-local address; set allow_private: true to use it", a)
	case r == onlyPublic && notPublic(a):
		return fmt.Errorf("a public name leads to the private address %s; set allow_private: true to use it", a)
	}
	return nil
}

// notPublic says whether an address belongs to a private network or a special use
// (RFC 1918, 4193, 6598, 6890).
func notPublic(a netip.Addr) bool {
	if a.IsPrivate() || a.IsLoopback() {
		return true
	}
	for _, p := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "fec0::/10", "2001::/32"} {
		if netip.MustParsePrefix(p).Contains(a) {
			return true
		}
	}
	return false
}

// embedded returns the IPv4 address that an IPv6 address stands for: NAT64
// (64:ff9b::/96, RFC 6052), 6to4 (2002::/16, RFC 3056), and the old compatible
// form (::/96). Other addresses are returned as they are.
func embedded(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(a), netip.MustParsePrefix("64:ff9b:1::/48").Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case netip.MustParsePrefix("2002::/16").Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6]))
	case netip.MustParsePrefix("::/96").Contains(a) && !a.IsLoopback() && !a.IsUnspecified():
		return netip.AddrFrom4([4]byte(b[12:16]))
	}
	return a
}
