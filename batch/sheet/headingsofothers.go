package sheet

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"guestlist/batch/judge"
	"guestlist/internal/text"
)

// moreHeadingWords are words that headings have besides those of [knownHeadings]: by
// them a row is told from one of a guest whose address is missing.
const moreHeadingWords = `contact contacts kontakt kontakte contacto contatto contato contactpersoon kontaktperson
	address addresses adresse adresses adressen direccion dirección indirizzo endereço adres adresa cím osoite адрес контакт
	連絡先 宛先 联系人 聯絡人 연락처 guest guests gast gäste invité invités invitado invitados ospite ospiti convidado gość goście гость гости
	invitee invitees recipient recipients empfänger destinataire destinatario person persons people personne persona pessoa
	participant participants teilnehmer attendee attendees partner partners user users benutzer utilisateur usuario member members mitglied
	company firma unternehmen organization organisation société empresa azienda department abteilung phone telefon note notes notiz
	id no nr number nummer status date datum who wer email emails mail mails e-mail username login column spalte`

// headingWords are the words of headings.
var headingWords = sync.OnceValue(func() map[string]bool {
	words := make(map[string]bool)
	for word := range strings.FieldsSeq(moreHeadingWords) {
		words[word] = true
	}
	for _, of := range knownHeadings() {
		for key := range of {
			words[key] = true
		}
	}
	return words
})

// mayBeHeadings reports whether a row has a word that headings have.
func mayBeHeadings(cells []string) bool {
	for _, cell := range cells {
		if headingWords()[matchKey(cell)] {
			return true
		}
		for word := range strings.FieldsFuncSeq(strings.ToLower(cell), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
			if headingWords()[word] || strings.HasSuffix(word, "mail") || strings.HasSuffix(word, "name") {
				return true
			}
		}
	}
	return false
}

// ofOthers finds the words of headings above the addresses of people who are no guests:
// who asked for the guest, answers for them or sent something, whom to call in need,
// and addresses that are no longer in use.
var ofOthers = regexp.MustCompile(`(?i)(^|[^\pL])(managers?|owners?|owned|responsible|sponsors?|supervisors?|boss|leads?|heads? of|assistants?|` +
	`request(e|o)rs?|requested|approvers?|approved|senders?|sent by|from|reply|replies|return path|submitted|submitter|created|modified|invited by|inviters?|hosts?|` +
	`old|previous|prior|former|emergency|next of kin|` +
	`vorgesetzte[rn]?|verantwortlich(e[rn]?)?|besitzer|inhaber|antragsteller(in)?|genehmiger|absender|von|alte?|bisherige|frühere|notfall\pL*|eingeladen von|\pL*betreuer(in)?s?|` +
	`respons(able|abile)|propriétaire|demandeur|approbateur|expéditeur|ancien(ne)?|urgence|invité par|gerente|propietario|solicitante|aprobador|remitente|anterior|emergencia|` +
	`proprietario|richiedente|mittente|vecchi[ao]|emergenza|gestor|remetente|antig[ao]|emergência|leidinggevende|eigenaar|aanvrager|afzender|oude?)($|[^\pL])`)

// isOfOthers reports whether a heading says that what stands below it is somebody
// else's: "Manager email", "InvitedBy".
func isOfOthers(heading string) bool {
	return ofOthers.MatchString(betweenWords.ReplaceAllString(text.Trim(heading), "$1 $2"))
}

// accountManagers are the headings of who looks after guests, the likeliest first.
var accountManagers = []string{
	"account manager", "account owner", "manager", "owner", "responsible", "contact person",
	"ansprechpartner", "ansprechpartnerin", "kundenbetreuer", "kundenbetreuerin", "betreuer", "betreuerin", "kontaktperson", "verantwortlich",
	"responsable", "interlocuteur", "interlocutrice", "personne de contact", "gestionnaire", //nolint:misspell // other languages
	"persona de contacto", "encargado", "referente", "responsabile", "persona di contatto", //nolint:misspell // other languages
	"responsável", "gestor", "pessoa de contato", "contactpersoon", "verantwoordelijke",
}

// AccountManagers are the headings of columns with who looks after the guests, in several
// languages, those first that lists most likely mean by it.
func AccountManagers() []string { return slices.Clone(accountManagers) }

// ofAccountManager finds one of these within a heading.
var ofAccountManager = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|[^\pL])(` + strings.Join(accountManagers, "|") + `)s?($|[^\pL])`)
})

// isOfAccountManager reports whether what stands below a heading is, beside the guests'
// addresses, most likely of who looks after them: "Ansprechpartner E-Mail". Unlike one of
// [isOfOthers] it is the guests' where no other column has addresses.
func isOfAccountManager(heading string) bool {
	return ofAccountManager().MatchString(betweenWords.ReplaceAllString(text.Trim(heading), "$1 $2"))
}

// betweenWords is where "managerEmail" and "manager_email" have a new word.
var betweenWords = regexp.MustCompile(`(\p{Ll})_?(\p{Lu})|_`)

// mailboxWithin finds what is or nearly is an address anywhere in a text: "anna@@x.example"
// and "anna(at)x.example" as well.
var mailboxWithin = regexp.MustCompile(`(?i)[^\s<>()\[\]{},;:"'|@]+(\s?@+\s?|\s?[(\[{]\s?(at|@)\s?[)\]}]\s?)[^\s<>()\[\]{},;:"'|@]+`)

// holdsAddress reports whether a cell is, holds or nearly is an address: such a cell
// belongs to a person and is no heading, unless it is one with an example in brackets.
func holdsAddress(cell string) bool {
	if !strings.ContainsAny(cell, "@([{") || !mailboxWithin.MatchString(cell) {
		return false
	}
	rest := inBrackets.ReplaceAllString(cell, "")
	return rest == cell || mailboxWithin.MatchString(rest) || !mayBeHeadings([]string{rest})
}

// isNearlyAddress reports whether a cell is an address, or one with a slip, and nothing
// else.
func isNearlyAddress(cell string) bool {
	cell = strings.Trim(text.Trim(cell), ",;")
	return isAddress(cell) || holdsAddress(cell) && mailboxWithin.FindString(cell) == cell
}

// isAddress reports whether a cell is an address, with or without a name.
func isAddress(cell string) bool {
	if looksLikeAddress(cell) {
		return true
	}
	if !strings.Contains(cell, "@") {
		return false
	}
	_, err := judge.Address(cell)
	return err == nil
}

// inBrackets is what stands in brackets.
var inBrackets = regexp.MustCompile(`\([^)]*\)|\[[^\]]*\]`)
