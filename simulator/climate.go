package simulator

import (
	"math"
	"math/rand/v2"
	"time"
)

// climate is the air around a sensor. Temperature is a mean with slow waves
// and noise that returns to zero (an Ornstein-Uhlenbeck process); relative
// humidity falls when temperature rises, as it does in a closed room.
type climate struct {
	mean  float64 // °C
	waves []wave
	warm  noise // °C
	damp  noise // %
}

// The room climate: 45 % at 22 °C, and 1.8 % less for each °C more.
const (
	refTemperature    = 22.0
	refHumidity       = 45.0
	humidityPerKelvin = -1.8
)

// newClimate returns an ordinary room of its own character, all of it from
// rng.
func newClimate(rng *rand.Rand) *climate {
	return &climate{
		mean:  21 + 3*rng.Float64(),
		waves: []wave{{amplitude: 2.5, period: 24 * time.Hour}},
		warm:  noise{rng: rng, sigma: 0.25, tau: 2 * time.Minute},
		damp:  noise{rng: rng, sigma: 0.8, tau: 3 * time.Minute},
	}
}

// at returns temperature in °C and relative humidity in % at t with extra °C
// added to the room, as a DHT22 reads them: in steps of 0.1, within -40 to
// 80 °C and 0 to 100 %. Times must not go back.
func (c *climate) at(t time.Duration, extra float64) (temperature, humidity float64) {
	temperature = c.mean + extra + c.warm.at(t)
	for _, w := range c.waves {
		temperature += w.at(t)
	}
	humidity = refHumidity + humidityPerKelvin*(temperature-refTemperature) + c.damp.at(t)
	return tenths(min(max(temperature, -40), 80)), tenths(min(max(humidity, 0), 100))
}

func tenths(v float64) float64 { return math.Round(v*10) / 10 }

// wave is a slow change that comes back; it begins at zero and rises.
type wave struct {
	amplitude float64
	period    time.Duration
}

func (w wave) at(t time.Duration) float64 {
	return w.amplitude * math.Sin(2*math.Pi*t.Seconds()/w.period.Seconds())
}

// noise is an Ornstein-Uhlenbeck process: normal with deviation sigma, and
// correlated over the time tau.
type noise struct {
	rng   *rand.Rand
	sigma float64
	tau   time.Duration

	value float64
	last  time.Duration
}

// at moves the process on to t, exactly, however long the step is.
func (n *noise) at(t time.Duration) float64 {
	keep := math.Exp(-(t - n.last).Seconds() / n.tau.Seconds())
	n.value = keep*n.value + n.sigma*math.Sqrt(1-keep*keep)*n.rng.NormFloat64()
	n.last = t
	return n.value
}
