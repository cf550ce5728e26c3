package journal_test

import (
	"context"
	"errors"
	"os"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"guestlist/batch/journal"
	"guestlist/internal/need"
	"guestlist/internal/pgtest"
)

// TestOnPostgreSQL runs the tests of a journal once more, with PostgreSQL instead of a file:
// each on a database of its own. Tests of what a file alone has - its log, lock, seal and
// older versions, the disk that fills up - have no part in it.
//
//nolint:tparallel // one after the other, as the tests are themselves
func TestOnPostgreSQL(t *testing.T) {
	t.Parallel()
	need.Time(t, "starts a server, and runs the tests of a journal once more")
	server := pgtest.Start(t)
	for name, test := range map[string]func(*testing.T){
		"Deletions": TestDeletions, "Requests": TestRequestsThatMayHaveCreatedAGuest, "WhatAFileSays": TestWhatAFileSaysIsNoRequest,
		"FollowUps": TestFollowUpsInTheJournal, "Readings": TestReadingsOfGuests, "Reminders": TestRemindersAreCounted, "RestoredReadings": TestRestoredReadings,
		"Imports": TestImportsAgreeWithTheirSum, "ImportAcrossPages": TestImportAcrossPages, "DeletedInResults": TestRowsThatResultsLackAreInTheList,
		"ImportKeeps": TestImportKeepsWhatTheListSays, "FailedImport": TestFailedImportKeepsTheOldList,
		"Reopening": TestEverythingSurvivesReopening, "AfterClose": TestWritingAfterCloseFails,
		"History": TestHistorySumsUpAttempts, "Records": TestRecordsTellWhereEveryRowStands,
		"LeftTheList": TestInvitedRowThatLeftTheListKeepsItsLink, "AnotherHeading": TestDepartedRowKeepsItsAddressUnderAnotherHeading,
		"SentFrom":     TestWhoWasSentFromTheResultsAlone,
		"ManyDeparted": TestManyDepartedRowsArePaged, "Corrected": TestFailedRowIsPendingOnceCorrected,
		"RequestIDs": TestRecordsHaveTheRequestIDsThatSupportAsksFor, "Directory": TestReadingsOfTheDirectory,
		"WhenInvited": TestGuestsWereInvitedWhenTheRequestLeft,
		"FailAgain":   TestHistoryKnowsWhatWouldFailAgain, "WithErrors": TestHistoryKnowsInvitationsWithErrors,
		"Undecided": TestHistoryKnowsUndecidedRefusals, "Summary": TestSummaryTellsHowTheLatestRunWent,
		"Clock": TestAClockThatJumpedMakesNoRequestOlder, "OneLiveLink": TestOneGuestHasOneLiveLink,
		"SameGuest": TestRowsOfTheSameGuestNameEachOther, "AnotherGuest": TestAnOtherUserIDIsAnotherGuest,
		"NewestAccount": TestTheNewestAccountOfAnAddressCounts, "RestoredLinks": TestRestoredLinksStayAsTheyWere,
		"Written": TestJournalKnowsTheResultsThatWereWrittenLast, "News": TestNews,
		"RestoredOnce": TestRestoredRowsAreListedOnce, "LookedUpFirst": TestAFilesWordIsLookedUpFirst,
		"LateAnswer": TestAnAnswerThatComesAfterALookUpKeepsItsLink, "LateSecond": TestALateAnswerOfASecondAddress,
		"Forgetting": TestForgettingLeavesNothingInTheFolder, "OpenIsNotForgotten": TestWhoIsOpenIsNotForgotten,
		"WhereElse": TestForgettingTellsWhereElseThePersonIs,
		"Model":     TestRunsAgreeWithTheModel,
	} {
		t.Run(name, func(t *testing.T) {
			databases.Store(t.Name(), server.Database(t))
			test(t)
		})
	}
}

// databases are the addresses of the databases that tests use instead of files, by the
// names of the tests.
var databases sync.Map

// openFor opens a journal for a test: the file, or in the test's database the batch of
// that path. Shut closes what is behind it once the journal is closed.
func openFor(ctx context.Context, test, name string, id journal.Identity) (j *journal.Journal, shut func() error, err error) {
	address, inDatabase := databaseOf(test)
	if !inDatabase {
		j, err = journal.Open(ctx, name, id)
		return j, func() error { return nil }, err
	}
	a, err := journal.ParseAddress(address)
	if err != nil {
		return nil, nil, err
	}
	d, err := journal.OpenDatabase(ctx, a, journal.DatabaseOptions{Getenv: os.Getenv})
	if err != nil {
		return nil, nil, err
	}
	j, err = d.Open(ctx, strings.ReplaceAll(name, "/", "+"), id, journal.RunOptions{})
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return j, d.Close, nil
}

// isEnough reports whether a random test has had as many turns as it gets with a database,
// where each makes its own tables.
func isEnough(t *testing.T, turns int) bool {
	t.Helper()
	_, inDatabase := databaseOf(t.Name())
	return inDatabase && turns > 8 && os.Getenv("RAPID_CHECKS") == ""
}

// databaseOf is the address of the database of a test, or of the one that it is part of.
func databaseOf(test string) (address string, found bool) {
	for ; test != "."; test = path.Dir(test) {
		if known, found := databases.Load(test); found {
			return known.(string), true
		}
	}
	return "", false
}

// filesOf are the files in which the server keeps the tables of a database's batches, as they
// are on its disk.
func filesOf(t *testing.T, address string) map[string]string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), "CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	const query = `SELECT c.oid::regclass::text, pg_read_binary_file(pg_relation_filepath(c.oid)) FROM pg_class c
		WHERE c.relkind IN ('r', 'i', 't') AND (c.relnamespace::regnamespace::text LIKE 'guestlist%' OR c.relname LIKE 'pg_toast_%')`
	rows, err := conn.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	var name string
	var content []byte
	if _, err := pgx.ForEachRow(rows, []any{&name, &content}, func() error { files[name] = string(content); return nil }); err != nil {
		t.Fatal(err)
	}
	return files
}
