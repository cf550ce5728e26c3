package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"

	"github.com/spf13/pflag"

	"guestlist/internal/session"
)

// profiles are the hidden flags that tell where time and memory go.
type profiles struct {
	cpu, memory string
	running     *os.File
}

func (o *profiles) register(f *pflag.FlagSet) {
	f.StringVar(&o.cpu, "cpuprofile", "", "write a CPU profile to `FILE`")
	f.StringVar(&o.memory, "memprofile", "", "write a memory profile to `FILE` in the end")
	_ = f.MarkHidden("cpuprofile") // it fails for unknown names only
	_ = f.MarkHidden("memprofile")
}

// start begins the CPU profile that was asked for.
func (o *profiles) start() (err error) {
	if o.cpu == "" {
		return nil
	}
	if o.running, err = os.Create(o.cpu); err != nil {
		return &session.UsageError{Err: fmt.Errorf("--cpuprofile: %w", err), Next: "name a file that can be written"}
	}
	return pprof.StartCPUProfile(o.running)
}

// stop writes the profiles, whatever became of the command.
func (o *profiles) stop() error {
	var errs []error
	if o.running != nil {
		pprof.StopCPUProfile()
		errs = append(errs, o.running.Close())
	}
	if o.memory != "" {
		file, err := os.Create(o.memory)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		runtime.GC() // so that what is in use is what is needed
		errs = append(errs, pprof.Lookup("allocs").WriteTo(file, 0), file.Close())
	}
	return errors.Join(errs...)
}
