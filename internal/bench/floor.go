//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/xuri/excelize/v2"
	"golang.org/x/sync/errgroup"

	"guestlist/graph/sandbox"
)

// floors are the processes that bench starts besides guestlist.
var floors = map[string]func(context.Context, []string) error{
	"serve": serve, "tenant": serveTenant, "post": post, "pages": readPages, "list": writeList, "readcsv": readCSV, "judgecsv": judgeCSV, "readxlsx": readWorkbook, "writexlsx": streamWorkbook, "nothing": nothing,
}

// nothing does nothing: what remains is the cost of starting a program.
func nothing(context.Context, []string) error { return nil }

// post sends ROWS invitations, WORKERS at a time: post URL ROWS WORKERS.
func post(ctx context.Context, args []string) error {
	rows, workers := number(args[1]), number(args[2])
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, MaxIdleConns: workers}}
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range workers {
		group.Go(func() error {
			for n := int(next.Add(1)) - 1; n < rows; n = int(next.Add(1)) - 1 {
				if err := postOne(ctx, client, args[0], guest(n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func postOne(ctx context.Context, client *http.Client, url string, cells []string) error {
	body, err := json.Marshal(map[string]any{
		"invitedUserEmailAddress": cells[2], "invitedUserDisplayName": cells[1],
		"inviteRedirectUrl": "https://myapplications.microsoft.com", "sendInvitationMessage": false,
	})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+sandbox.Token())
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if response.StatusCode != http.StatusCreated {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return errors.Join(err, response.Body.Close())
}

// readPages reads all users of a tenant and keeps none: pages URL.
func readPages(ctx context.Context, args []string) error {
	next := args[0] + "/users?$select=id,mail,externalUserState&$top=999"
	for next != "" {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, next, nil)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+sandbox.Token())
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		var page struct {
			Users []struct {
				ID    string `json:"id"`
				Mail  string `json:"mail"`
				State string `json:"externalUserState"`
			} `json:"value"`
			Next string `json:"@odata.nextLink"`
		}
		err = json.NewDecoder(response.Body).Decode(&page)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
		next = page.Next
	}
	return nil
}

// readCSV is encoding/csv alone: readcsv FILE.
func readCSV(_ context.Context, args []string) error {
	return eachLine(args[0], func([]string) {})
}

// judgeCSV is encoding/csv and the least that checking a list takes: it reads each
// address and finds out whether it came before. judgecsv FILE.
func judgeCSV(_ context.Context, args []string) error {
	first := make(map[string]int)
	return eachLine(args[0], func(cells []string) {
		if box, err := mail.ParseAddress(cells[2]); err == nil {
			address := strings.ToLower(box.Address)
			if _, known := first[address]; !known {
				first[address] = len(first)
			}
		}
	})
}

func eachLine(path string, do func([]string)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	lines := csv.NewReader(file)
	for {
		cells, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return file.Close()
		}
		if err != nil {
			return err
		}
		do(cells)
	}
}

// readWorkbook is excelize.Rows alone: readxlsx FILE.
func readWorkbook(_ context.Context, args []string) error {
	file, err := excelize.OpenFile(args[0])
	if err != nil {
		return err
	}
	rows, err := file.Rows(file.GetSheetName(0))
	if err != nil {
		return err
	}
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			return err
		}
	}
	return errors.Join(rows.Close(), file.Close())
}

// streamWorkbook writes the cells of the sheet Results without styles: writexlsx FILE ROWS.
func streamWorkbook(_ context.Context, args []string) error {
	file := excelize.NewFile()
	sheet, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	var invitation struct {
		InviteRedeemURL string `json:"inviteRedeemUrl"`
	}
	if err := json.Unmarshal([]byte(answer), &invitation); err != nil {
		return err
	}
	for n := range number(args[1]) {
		row := make([]any, 0, 17)
		for _, cell := range guest(n) {
			row = append(row, cell)
		}
		row = append(row, "invited", invitation.InviteRedeemURL, "243b1de4-ad9f-421c-a933-d55305fb165d", "PendingAcceptance",
			nil, nil, nil, 1, 45000.5, "7b92124c-9fa9-406f-8b8e-225df8376ba9", n+2, "bench 0123456789abcdef "+guest(n)[2])
		if err := sheet.SetRow("A"+strconv.Itoa(n+1), row); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return errors.Join(file.SaveAs(args[0]), file.Close())
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err) // bench itself wrote it
	}
	return n
}
