// Package recording keeps sessions in files and reads them again: the writer,
// the recorder that feeds it beside a live session, and the reader.
//
// A recording is an MCAP file (https://mcap.dev) with the profile "mqtt". The
// rules are:
//
//   - One channel for each (topic, QoS, retained, dup) that occurred: its topic is
//     the MQTT topic, its metadata are qos, retained and dup, its message encoding
//     is "json" when the first payload was a JSON object or array, else empty.
//   - The data of a message is the payload, byte for byte. Its log time is the
//     time of receipt in nanoseconds, and its sequence counts all records of the
//     file from 1, so that a reader knows how many a damaged place has cost.
//   - What does not fit into the channels that MCAP can have goes to one channel
//     labtop/overflow, whose data is the whole PUBLISH packet.
//   - The properties of MQTT 5 are on labtop/properties, before the first of the messages
//     that have them and anew in each chunk; {} says that what follows has none.
//   - What was known when a recording began in the midst of a session is on one channel
//     labtop/known: the last PUBLISH packet of each topic, whose publish time is that of
//     its receipt. It is no part of the messages.
//   - What else happened is JSON on channels below labtop/, which have the metadata
//     labtop: connection states, subscriptions, gaps, notes, alerts, steps of the
//     clock, the true size of a payload that was cut, and the end.
//   - Messages are only in chunks, compressed with zstd, each with its CRC. There are
//     no message indexes, which would be larger than the messages; an index of the
//     chunks is at the end. A channel is defined anew now and then, so that one
//     damaged chunk does not take a topic with it.
//   - A file that was not closed is a good recording up to its last whole chunk.
//
// The contract: a [Writer] and a [Reader] belong to one goroutine each. Payloads and
// topics that a reader returns are the caller's. A file is data from outside: its
// texts are as they were written and are made safe where they are shown, and
// nothing that it claims decides how much memory is taken.
package recording
