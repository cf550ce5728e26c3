package send_test

import (
	"fmt"
	"time"

	"guestlist/batch/send"
)

// A rate is a number of requests in any window of a duration. How long a list
// takes includes a margin of 1.2 %, which keeps the last request of a window from
// being throttled.
func ExampleParseRate() {
	for _, text := range []string{"auto", "150/5s", "5/s", "0", "5"} {
		rate, err := send.ParseRate(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %v for 3,000 requests\n", rate, rate.Duration(3000).Round(time.Second))
	}
	// Output:
	// auto: 2m45s for 3,000 requests
	// 150/5s: 1m41s for 3,000 requests
	// 5/1s: 10m7s for 3,000 requests
	// 0: 0s for 3,000 requests
	// "5" is no rate: write auto, requests/duration such as 5/1s, 150/5s or 30/1m, or 0 for unlimited
}
