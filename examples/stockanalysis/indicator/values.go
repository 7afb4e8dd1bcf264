// SPDX-License-Identifier: Apache-2.0

package indicator

import (
	"math"
	"time"

	"github.com/spanledger/spanledger/examples/stockanalysis/market"
)

// Values are the indicators on the last day, rounded to four digits, under the names that the prompts, the result
// and the application's table use. Every value is a finite number.
type Values struct {
	Date          string  `json:"date"`
	Close         float64 `json:"close"`
	ChangePercent float64 `json:"change_percent"`
	SMA20         float64 `json:"sma_20"`
	SMA50         float64 `json:"sma_50"`
	EMA12         float64 `json:"ema_12"`
	EMA26         float64 `json:"ema_26"`
	RSI14         float64 `json:"rsi_14"`
	MACD          float64 `json:"macd"`
	MACDSignal    float64 `json:"macd_signal"`
	MACDHistogram float64 `json:"macd_histogram"`
	UpperBand     float64 `json:"bollinger_upper"`
	MidBand       float64 `json:"bollinger_middle"`
	LowerBand     float64 `json:"bollinger_lower"`
	// PercentB is where the close lies between the lower band (0) and the upper (1); 0.5 where the bands meet.
	PercentB    float64 `json:"bollinger_percent_b"`
	Volume      int64   `json:"volume"`
	VolumeSMA20 float64 `json:"volume_sma_20"`
	// VolumeRatio is the volume over its 20-day average; 0 where nothing was traded for 20 days.
	VolumeRatio float64 `json:"volume_ratio"`
	OBV         float64 `json:"obv"`
	Support     float64 `json:"support"`
	Resistance  float64 `json:"resistance"`
}

// Latest picks the values of the last day. Days must be those that s was computed from.
func (s Series) Latest(days []market.Day) Values {
	last := len(days) - 1
	today, before := days[last], days[last-1]
	support, resistance := Levels(days, s.Swings, today.Close)
	return Values{
		Date:          today.Date.Format(time.DateOnly),
		Close:         today.Close,
		ChangePercent: round(100 * (today.Close/before.Close - 1)),
		SMA20:         round(s.SMA20[last]),
		SMA50:         round(s.SMA50[last]),
		EMA12:         round(s.EMA12[last]),
		EMA26:         round(s.EMA26[last]),
		RSI14:         round(s.RSI14[last]),
		MACD:          round(s.MACD[last]),
		MACDSignal:    round(s.Signal[last]),
		MACDHistogram: round(s.Histogram[last]),
		UpperBand:     round(s.UpperBand[last]),
		MidBand:       round(s.MidBand[last]),
		LowerBand:     round(s.LowerBand[last]),
		PercentB:      round(ratio(today.Close-s.LowerBand[last], s.UpperBand[last]-s.LowerBand[last], 0.5)),
		Volume:        today.Volume,
		VolumeSMA20:   round(s.VolumeSMA20[last]),
		VolumeRatio:   round(ratio(float64(today.Volume), s.VolumeSMA20[last], 0)),
		OBV:           round(s.OBV[last]),
		Support:       support,
		Resistance:    resistance,
	}
}

func ratio(part, whole, otherwise float64) float64 {
	if whole == 0 {
		return otherwise
	}
	return part / whole
}

func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }
