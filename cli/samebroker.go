package cli

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"

	"labtop/subscriber"
)

// lookupPatience bounds the questions to the name service about two brokers.
const lookupPatience = 2 * time.Second

// sameBroker says whether two addresses lead to one broker, as far as they tell. A
// broker has a port for each way to connect, so that on one machine the usual ones of
// different schemes may be of one broker.
func sameBroker(ctx context.Context, a, b subscriber.Broker) bool {
	if a.Port != b.Port && (a.Scheme == b.Scheme || !usualPort(a.Port) || !usualPort(b.Port)) {
		return false
	}
	return sameHost(ctx, a.Host, b.Host)
}

// sameHost says whether two names are of one machine, as far as they tell.
func sameHost(ctx context.Context, a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, lookupPatience)
	defer cancel()
	of := addresses(ctx, a)
	for address := range addresses(ctx, b) {
		if of[address] {
			return true
		}
	}
	return false
}

// usualPort says whether brokers listen there unless they are told otherwise.
func usualPort(port int) bool {
	switch port {
	case 1883, 8883, 80, 443, 8080, 8081, 9001:
		return true
	}
	return false
}

// addresses are those of a host; none when nobody knows it. All of this machine's own
// are the loopback one.
func addresses(ctx context.Context, host string) map[netip.Addr]bool {
	found := map[netip.Addr]bool{}
	list, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	own, _ := net.InterfaceAddrs()
	for _, address := range list {
		address = address.Unmap()
		for _, o := range own {
			if prefix, err := netip.ParsePrefix(o.String()); err == nil && prefix.Addr().Unmap() == address {
				address = loopback
			}
		}
		if address.IsLoopback() {
			address = loopback
		}
		found[address] = true
	}
	return found
}

// loopback stands for this machine.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})
