// SPDX-License-Identifier: Apache-2.0

package decode

import "github.com/spanledger/spanledger/internal/analysis"

// leavesOut reports whether an input, and an output, leave out the parts that
// are given beside them. The provider's total decides where it can, else what
// is known of the names; a part that is more than its whole is none.
func leavesOut(
	input, inputParts, output, outputParts, total analysis.Count, byName bool,
) (ofInput, ofOutput bool) {
	in, out := input.OrZero(), output.OrZero()
	ins, outs := inputParts.OrZero(), outputParts.OrZero()
	if all, known := total.Value(); known {
		switch all - in - out {
		case 0:
			return ins > in, outs > out
		case ins + outs:
			return true, true
		case ins:
			return true, outs > out
		case outs:
			return ins > in, true
		}
	}
	return byName || ins > in, byName || outs > out
}

// raiseWholes adds to the input what other instrumentations give beside it,
// and to the output the same.
func (r *reader) raiseWholes(u *analysis.Usage) {
	cache := u.CacheRead.Add(u.CacheWrite)
	ofInput, ofOutput := leavesOut(u.Input, cache, u.Output, u.Reasoning, u.ProviderTotal, false)
	if ofInput {
		r.raise(&u.Input, cache)
	}
	if ofOutput {
		r.raise(&u.Output, u.Reasoning)
	}
}

func (r *reader) raise(whole *analysis.Count, parts analysis.Count) {
	if whole.IsKnown() && parts.OrZero() > 0 {
		r.add(MendWhole)
		*whole = r.limit(whole.Add(parts))
	}
}
