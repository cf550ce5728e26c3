package durable

import (
	"os"

	"golang.org/x/sys/windows"
)

// Names is how many names a file has, its hard links, and 0 where that cannot be told.
// What [Replace] writes has the one name alone: the others keep what was there.
func Names(path string) int {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }() // it was only read
	var info windows.ByHandleFileInformation
	if windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &info) != nil {
		return 0
	}
	return int(info.NumberOfLinks)
}

// TempVariable is the environment variable that names the temporary folder.
const TempVariable = "TMP"
