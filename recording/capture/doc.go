// Package capture reads MQTT messages out of captures of network traffic: pcap and
// pcapng, as tcpdump and Wireshark write them. The rules are:
//
//   - MQTT 3.1, 3.1.1 and 5 over plain TCP is read, on any port: a connection is MQTT
//     by its CONNECT, or by packets that are MQTT's when the capture began later. Over a
//     WebSocket it is read where the capture has how that began.
//   - Bytes count once, in the order of their sequence numbers. Those that the capture
//     lacks are a gap; reading goes on at the next packet that can be told for sure.
//   - A message is there several times where the broker's own traffic was captured:
//     once on its way in and once on the way to each subscriber. It counts once, and
//     by its way in where that is in the capture. What the broker says by itself, such
//     as last wills and what it had stored, counts too.
//   - On the way in the retained flag asks the broker to store the message. A subscriber
//     that is there gets it without the flag, and so it is here.
//   - What repeats a message of QoS 2 before it was released is left out.
//
// The contract: a [Reader] belongs to one goroutine. Captures may come from anybody:
// memory is bounded whatever they say, and no secret of a CONNECT is looked at.
package capture
