package need_test

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"guestlist/internal/need"
)

// end is a test that records how it was ended.
type end struct {
	testing.TB

	how string
}

func (*end) Helper() {}

func (e *end) Skipf(format string, args ...any) {
	e.how = "skipped: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (e *end) Fatalf(format string, args ...any) {
	e.how = "failed: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// ended runs a test of its own to its end and tells how it ended.
func ended(test func(testing.TB)) string {
	e := &end{how: "ran"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(e)
	}()
	<-done
	return e.how
}

func TestMissingToolsSkipOrFail(t *testing.T) {
	self, err := os.Executable() // which is there wherever tests run
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		required string
		programs []string
		file     string
		want     string
	}{
		{"", []string{"no-such-program", "nor-this-one"}, "", "skipped: needs no-such-program or nor-this-one: fetch it"},
		{"0", []string{"no-such-program"}, "", "skipped: needs no-such-program: fetch it"},
		{"1", []string{"no-such-program"}, "", "failed: no-such-program is missing, and GUESTLIST_TEST_REQUIRE is set: fetch it"},
		{"1", []string{"no-such-program", self}, "", "ran"},
		{"", nil, "no-such-file", "skipped: needs no-such-file: fetch it"},
		{"1", nil, "no-such-file", "failed: no-such-file is missing, and GUESTLIST_TEST_REQUIRE is set: fetch it"},
		{"1", nil, "need.go", "ran"},
	} {
		t.Setenv(need.Variable, test.required)
		t.Setenv("CI", "true") // decides nothing: every pipeline sets it
		got := ended(func(tb testing.TB) {
			tb.Helper()
			if test.programs != nil {
				need.Program(tb, "fetch it", test.programs...)
			} else {
				need.File(tb, "fetch it", test.file)
			}
		})
		if got != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}
