package capture

import "encoding/binary"

// The link types that are read (tcpdump.org/linktypes.html).
const (
	linkNull     = 0
	linkEthernet = 1
	linkRawBSD   = 12
	linkRawBSD2  = 14
	linkRaw      = 101
	linkLoop     = 108
	linkSLL      = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkSLL2     = 276
)

// What stands above the link.
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	protoTCP  = 6
)

// The flags of TCP that matter.
const (
	flagFIN = 1
	flagSYN = 2
	flagRST = 4
	flagACK = 16
)

// endpoint is one end of a connection. An address of IPv4 has zeros behind it.
type endpoint struct {
	address [16]byte
	port    uint16
}

// segment is what TCP says in a frame.
type segment struct {
	from, to endpoint
	seq, ack uint32
	flags    byte
	data     []byte
	missing  int // bytes of the data that were not captured
}

// found is what a frame was found to hold.
type found uint8

const (
	nothing     found = iota // that is of interest, or not all of it
	aSegment                 // of TCP
	aFragment                // of a packet that was cut up on its way
	unknownLink              // whatever it is
)

// parse takes a frame apart. Of one without a whole TCP header nothing is taken.
func (s *segment) parse(f *frame) found {
	b := f.data
	switch f.link {
	case linkEthernet:
		return s.ether(b, 12)
	case linkSLL:
		return s.ether(b, 14)
	case linkSLL2:
		if len(b) < 20 {
			return nothing
		}
		return s.network(binary.BigEndian.Uint16(b), b[20:])
	case linkNull, linkLoop:
		if len(b) < 4 { // the system's own number of the protocol
			return nothing
		}
		return s.ip(b[4:])
	case linkRaw, linkRawBSD, linkRawBSD2, linkIPv4, linkIPv6:
		return s.ip(b)
	}
	return unknownLink
}

// ether goes on after a header whose last field, at such a place, is the protocol.
func (s *segment) ether(b []byte, at int) found {
	if len(b) < at+2 {
		return nothing
	}
	return s.network(binary.BigEndian.Uint16(b[at:]), b[at+2:])
}

// network goes on at a protocol's header, behind those of virtual networks.
func (s *segment) network(protocol uint16, b []byte) found {
	for protocol == 0x8100 || protocol == 0x88a8 || protocol == 0x9100 {
		if len(b) < 4 {
			return nothing
		}
		protocol, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	if protocol != etherIPv4 && protocol != etherIPv6 {
		return nothing
	}
	return s.ip(b)
}

func (s *segment) ip(b []byte) found {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		return s.ip4(b)
	case len(b) >= 40 && b[0]>>4 == 6:
		return s.ip6(b)
	}
	return nothing
}

func (s *segment) ip4(b []byte) found {
	head, length := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if length == 0 { // the network card was to cut it up
		length = len(b)
	}
	switch {
	case head < 20 || head > length || head > len(b) || b[9] != protoTCP:
		return nothing
	case binary.BigEndian.Uint16(b[6:])&0x3fff != 0:
		return aFragment
	}
	return s.tcp(b[12:16], b[16:20], b[head:], length-head)
}

func (s *segment) ip6(b []byte) found {
	from, to := b[8:24], b[24:40]
	next, length := b[6], int(binary.BigEndian.Uint16(b[4:]))
	b = b[40:]
	if length == 0 {
		length = len(b)
	}
	for len(b) >= 8 {
		switch next {
		case protoTCP:
			return s.tcp(from, to, b, length)
		case 44:
			return aFragment
		case 0, 43, 60: // options that do not matter
			size := 8 + 8*int(b[1])
			if size > len(b) {
				return nothing
			}
			next, b, length = b[0], b[size:], length-size
		default:
			return nothing
		}
	}
	return nothing
}

// tcp takes the segment in b, of which length bytes were sent, between such addresses.
func (s *segment) tcp(from, to, b []byte, length int) found {
	if len(b) < 20 {
		return nothing
	}
	head := int(b[12]>>4) * 4
	if head < 20 || head > len(b) || head > length {
		return nothing
	}
	*s = segment{
		seq: binary.BigEndian.Uint32(b[4:]), ack: binary.BigEndian.Uint32(b[8:]), flags: b[13],
		data: b[head:min(len(b), length)],
	}
	s.from.port, s.to.port = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	copy(s.from.address[:], from)
	copy(s.to.address[:], to)
	s.missing = length - head - len(s.data)
	return aSegment
}
