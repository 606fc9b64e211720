package decode

import "labtop/safetext"

// maxUnit is the longest unit that is believed, in bytes.
const maxUnit = 16

// symbols are the units as people and devices write them, with the symbol that
// is shown.
var symbols = map[string]string{
	"°C": "°C", "℃": "°C", "C": "°C", "degC": "°C", "celsius": "°C",
	"°F": "°F", "℉": "°F", "F": "°F", "degF": "°F", "fahrenheit": "°F",
	"K": "K", "kelvin": "K",
	"%": "%", "percent": "%", "pct": "%", "%RH": "%", "% RH": "%",
	"Pa": "Pa", "hPa": "hPa", "kPa": "kPa", "mbar": "mbar", "bar": "bar", "psi": "psi",
	"mmHg": "mmHg", "inHg": "inHg",
	"V": "V", "mV": "mV", "kV": "kV", "volt": "V", "volts": "V",
	"A": "A", "mA": "mA", "µA": "µA", "Ah": "Ah", "mAh": "mAh",
	"W": "W", "mW": "mW", "kW": "kW", "MW": "MW", "VA": "VA", "var": "var", "watt": "W", "watts": "W",
	"Wh": "Wh", "kWh": "kWh", "MWh": "MWh", "J": "J", "kJ": "kJ",
	"lx": "lx", "lux": "lx", "lm": "lm", "W/m²": "W/m²", "W/m2": "W/m²",
	"ppm": "ppm", "ppb": "ppb", "µg/m³": "µg/m³", "μg/m³": "µg/m³", "ug/m3": "µg/m³", "µg/m3": "µg/m³",
	"mg/m³": "mg/m³", "mg/m3": "mg/m³",
	"mm": "mm", "cm": "cm", "m": "m", "km": "km", "mm/h": "mm/h", "meters": "m",
	"m/s": "m/s", "km/h": "km/h", "kmh": "km/h", "kph": "km/h", "mph": "mph", "kn": "kn",
	"°": "°", "deg": "°", "degrees": "°", "rpm": "rpm",
	"dB": "dB", "dBm": "dBm", "Hz": "Hz", "kHz": "kHz", "MHz": "MHz", "GHz": "GHz",
	"s": "s", "sec": "s", "second": "s", "seconds": "s", "ms": "ms", "µs": "µs",
	"min": "min", "minute": "min", "minutes": "min",
	"h": "h", "hour": "h", "hours": "h", "d": "d", "day": "d", "days": "d",
	"L": "L", "l": "L", "mL": "mL", "ml": "mL", "m³": "m³", "m3": "m³",
	"L/min": "L/min", "l/min": "L/min", "l/h": "L/h", "L/h": "L/h", "m³/h": "m³/h", "m3/h": "m³/h",
	"g": "g", "kg": "kg", "mg": "mg", "N": "N",
	"B": "B", "bytes": "B", "kB": "kB", "KB": "kB", "MB": "MB", "GB": "GB",
	"Ω": "Ω", "ohm": "Ω", "kΩ": "kΩ", "µS/cm": "µS/cm", "uS/cm": "µS/cm",
}

// symbol returns the symbol of a known unit. Words may be in upper case.
func symbol(text []byte) (string, bool) {
	if s, ok := symbols[string(text)]; ok {
		return s, true
	}
	if len(text) < len("volt") {
		return "", false
	}
	var low [maxWord]byte
	s, ok := symbols[string(fold(&low, text))]
	return s, ok
}

// textUnit returns the unit that follows a number in a payload, with the blanks
// between them. What may be a hexadecimal digit or a thousand, a metre or a minute counts only
// behind a blank; "22.5C" is too common to insist.
func textUnit(rest []byte) (string, bool) {
	text := trim(rest)
	if len(text) == len(rest) && len(text) == 1 {
		switch text[0] {
		case 'B', 'F', 'K', 'd', 'm':
			return "", false
		}
	}
	return symbol(text)
}

// declaredUnit returns the unit that a member of a payload names: a known one by
// its symbol, another as it is, made safe to show. It is empty when text is no unit.
func declaredUnit(text []byte) string {
	if s, ok := symbol(text); ok {
		return s
	}
	if len(text) > maxUnit {
		return ""
	}
	return safetext.CleanBytes(text)
}
