package sheet

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/internal/assert"
)

// mapped makes Options.Map of fields and headings in turn.
func mapped(fieldsAndHeadings ...string) map[batch.Field]string {
	m := make(map[batch.Field]string)
	for pair := range slices.Chunk(fieldsAndHeadings, 2) {
		m[batch.Field(pair[0])] = pair[1]
	}
	return m
}

// shape writes fields with their columns, in the order of [batch.Fields].
func shape(fields map[batch.Field]int) string {
	var text []string
	for _, f := range batch.Fields() {
		if at, ok := fields[f]; ok {
			text = append(text, fmt.Sprintf("%s=%d", f, at))
		}
	}
	return strings.Join(text, " ")
}

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, headings string
		asked          map[batch.Field]string
		want           string
		notice         string
	}{
		{"PowerShell's tutorial", "Name|InvitedUserEmailAddress", nil, "email=1 name=0", ""},
		{
			"PowerShell's cmdlet", "InvitedUserEmailAddress|InviteRedirectUrl|InvitedUserDisplayName|SendInvitationMessage|" +
				"InvitedUserMessageInfo|MessageLanguage|CcRecipients|InvitedUserType|InvitedUserSponsors", nil,
			"email=0 name=2 redirect-url=1 send-message=3 message=4 language=5 cc=6 user-type=7 sponsors=8",
			"",
		},
		{
			"case, spaces, dashes", " e-MAIL\u00a0|FULL_NAME|send  message|\ufeffUser-Type|Redirection URL", nil,
			"email=0 name=1 redirect-url=4 send-message=2 user-type=3",
			"",
		},
		{"brackets alone count", "Email [inviteRedirectURL]|Name [inviteeEmail]", nil, "email=1 redirect-url=0", ""},
		{
			"the better heading wins", "Mail|Email|Full name|Name", nil,
			"email=1 name=3",
			`For email the column "Email" (B) is used, not "Mail" (A). To read that column: --map email=A.`,
		},
		{"the left of equals wins", "Email|Email", nil, "email=0", `not "Email" (B)`},
		{"principal name", "userPrincipalName|displayName", nil, "email=0 name=1", ""},
		{"principal name comes last", "userPrincipalName|mail", nil, "email=1", `"mail" (B) is used, not "userPrincipalName" (A)`},
		{
			"a results workbook", "Email|Status|Redeem URL|User ID|Invitation Status|Error Code|Error|Advice|Attempts|Invited At|Request ID|Source Row",
			nil,
			"email=0",
			"",
		},
		{"mapped", "Email|Private address", mapped("email", "private-ADDRESS"), "email=1", ""},
		{
			"mapped is taken", "Mail|Name|Message",
			mapped("cc", "Message", "email", "mail"),
			"email=0 name=1 cc=2",
			"",
		},
		{
			"mapped by the name in brackets", "Adresse [inviteeEmail] x|Mail",
			mapped("email", "inviteeEmail"),
			"email=0",
			"",
		},
		{"no heading twice", "Email|Name", mapped("name", "Email"), "name=0", ""},
		{"nothing", "Company|Address", nil, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := matchFields(strings.Split(tt.headings, "|"), tt.asked, findColumn)
			assert.Equal(t, "fields", shape(got.fields), tt.want)
			if joined := strings.Join(got.notices, "\n"); !strings.Contains(joined, tt.notice) || tt.notice == "" && joined != "" {
				t.Errorf("notices %q, want %q", joined, tt.notice)
			}
		})
	}
}

func TestHeaderBelowTwentyRows(t *testing.T) {
	t.Parallel()
	title := strings.Repeat("A list of guests\n", headingRows-1)
	if l := open(t, write(t, "list.csv", title+"Email\na@x.example\n"), Options{}); len(all(t, l)) != 1 {
		t.Error("a heading in row 20 is not found")
	}
	err := firstError(t, write(t, "list.csv", title+"\nOne more\nEmail\na@x.example\n"), Options{})
	if !strings.Contains(err.Error(), "no column with email addresses") {
		t.Errorf("a heading in row 21: %v", err)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("Email|Name", "Name")
	f.Add("[inviteeEmail] x|]a[|[", "a[")
	f.Add("\ufeff E-Mail|UserPrincipalName", "")
	f.Fuzz(func(t *testing.T, headings, heading string) {
		columns := strings.Split(headings, "|")
		opt := Options{}
		if heading != "" {
			opt.Map = mapped("message", heading)
		}
		fields := matchFields(columns, opt.Map, findColumn).fields
		used := map[int]bool{}
		for field, at := range fields {
			if at < 0 || at >= len(columns) || used[at] {
				t.Fatalf("%s is column %d of %q, which is not there or taken", field, at, columns)
			}
			used[at] = true
		}
	})
}

// TestHeadingsOfTheWorld reads headings as programs write them in many languages.
func TestHeadingsOfTheWorld(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ headings, row, name string }{
		{"Vorname|Nachname|E-Mail-Adresse", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Name|Vorname|E-Mail", "Berg|Anna|a@x.example", "Anna Berg"},
		{"Prénom|Nom|Adresse de messagerie", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Nom|Courriel", "Anna Berg|a@x.example", "Anna Berg"},
		{"Nombre|Apellidos|Correo electrónico", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Nome|Cognome|Indirizzo posta elettronica", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Nome|Endereço de email", "Anna Berg|a@x.example", "Anna Berg"},
		{"Voornaam|Achternaam|E-mailadres", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Förnamn|Efternamn|E-postadress", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Fornavn|Efternavn|E-mailadresse", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Fornavn|Etternavn|E-postadresse", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Etunimi|Sukunimi|Sähköpostiosoite", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Imię|Nazwisko|Adres e-mail", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Jméno|Příjmení|E-mailová adresa", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Meno|Priezvisko|E-mailová adresa", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Vezetéknév|Utónév|E-mail cím", "Berg|Anna|a@x.example", "Berg Anna"},
		{"Prenume|Nume|Adresă de e-mail", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Ime|Prezime|Adresa e-pošte", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Ime|Priimek|E-poštni naslov", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Имя|Фамилия|Адрес электронной почты", "Анна|Берг|a@x.example", "Анна Берг"},
		{"Ім'я|Прізвище|Електронна пошта", "Анна|Берг|a@x.example", "Анна Берг"},
		{"Собствено име|Фамилия|Имейл", "Анна|Берг|a@x.example", "Анна Берг"},
		{"Όνομα|Επώνυμο|Διεύθυνση e-mail", "Άννα|Μπεργκ|a@x.example", "Άννα Μπεργκ"},
		{"Ad|Soyad|E-posta Adresi", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Eesnimi|Perekonnanimi|E-posti aadress", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Vārds|Uzvārds|E-pasta adrese", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Vardas|Pavardė|El. pašto adresas", "Anna|Berg|a@x.example", "Anna Berg"},
		{"姓|名|メールアドレス", "山田|花子|a@x.example", "山田 花子"},
		{"姓氏|名字|电子邮件地址", "王|小明|a@x.example", "王小明"},
		{"姓名|邮箱", "王小明|a@x.example", "王小明"},
		{"성|이름|전자 메일 주소", "김|철수|a@x.example", "김철수"},
		{"Họ|Tên|Địa chỉ email", "Nguyễn|Anh|a@x.example", "Nguyễn Anh"},
		{"الاسم الأول|اسم العائلة|البريد الإلكتروني", "آنا|برغ|a@x.example", "آنا برغ"},
		{"שם פרטי|שם משפחה|דוא\"ל", "אנה|ברג|a@x.example", "אנה ברג"},
		{"ชื่อ|นามสกุล|อีเมล", "อันนา|เบิร์ก|a@x.example", "อันนา เบิร์ก"},
		{"Voornaam|Tussenvoegsel|Achternaam|E-mailadres", "Jan|van der|Berg|a@x.example", "Jan van der Berg"},
		{"Voornaam|Tussenvoegsel|Achternaam|E-mailadres", "Jan||Berg|a@x.example", "Jan Berg"},
		{"Achternaam|Voorvoegsel|Voornaam|E-mail", "Berg|van|Jan|a@x.example", "Jan van Berg"},
		{"Voornaam|Tussenvoegsel|Naam|E-mail", "Jan||Jan Berg|a@x.example", "Jan Berg"},
		{"Email|Nombre|Apellido paterno|Apellido materno", "a@x.example|Juan|García|López", "Juan García López"},
		{"Nombre|Primer apellido|Segundo apellido|Correo", "Juan|García||a@x.example", "Juan García"},
		{"Ім\u2019я|Прізвище|Email", "Анна|Берг|a@x.example", "Анна Берг"},
		{"ІМ\u02bcЯ|ПРІЗВИЩЕ|EMAIL", "Анна|Берг|a@x.example", "Анна Берг"},
		{"ΟΝΟΜΑ|ΕΠΩΝΥΜΟ|ΗΛΕΚΤΡΟΝΙΚΗ ΔΙΕΥΘΥΝΣΗ", "Άννα|Μπεργκ|a@x.example", "Άννα Μπεργκ"},
		{"ADI|SOYADI|E-POSTA", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Isem|Kunjom|Indirizz elettroniku", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Ainm|Sloinne|Ríomhphost", "Anna|Berg|a@x.example", "Anna Berg"},
		{"Ainm|Ríomhphost", "Anna Berg|a@x.example", "Anna Berg"},
		{"الاسم|اللقب|البريد الإلكتروني", "آنا|برغ|a@x.example", "آنا برغ"},
		{"Nachname Vorname|E-Mail", "Berg Anna|a@x.example", "Berg Anna"},
		{"First Name|Last Name|E-mail Address|E-mail 2 Address", "Anna|Berg|a@x.example|b@x.example", "Anna Berg"},
		{"Given Name|Family Name|E-mail 1 - Value", "Anna|Berg|a@x.example", "Anna Berg"},
		{"First name|Last name|Display name|mail", "Anna|Berg|Dr. Anna Berg|a@x.example", "Dr. Anna Berg"},
		{"Display name|User principal name", "Anna Berg|a@x.example", "Anna Berg"},
		{"\u00ef\u00bb\u00bfE-Mail* (required):|Name (Pflichtfeld)", "a@x.example|Anna Berg", "Anna Berg"},
	} {
		columns := strings.Split(tt.headings, "|")
		m := matchFields(columns, nil, findColumn)
		h := batch.Header{Columns: columns, Fields: m.fields, NameFrom: m.nameFrom}
		row := batch.Row{Cells: strings.Split(tt.row, "|")}
		assert.Equal(t, "name under "+tt.headings, h.Value(row, batch.Name), tt.name)
		assert.Equal(t, "address under "+tt.headings, h.Value(row, batch.Email), "a@x.example")
	}
}

func TestHeadingsThatAskForAnEmail(t *testing.T) {
	t.Parallel()
	for _, heading := range []string{"Send email", "Einladung versenden", "Envoyer invitation", "SendInvitationMessage"} {
		assert.Equal(t, heading, shape(matchFields([]string{"Email", heading}, nil, findColumn).fields), "email=0 send-message=1")
	}
}

func TestNameTemplate(t *testing.T) {
	t.Parallel()
	path := write(t, "list.csv", "Vorname;Nachname;Mail\nAnna;Berg;a@x.example\n")
	l := open(t, path, Options{Map: mapped("name", "{Nachname}, {vorname}")})
	assert.Equal(t, "name", l.Header().Value(all(t, l)[0], batch.Name), "Berg, Anna")
	err := firstError(t, path, Options{Map: mapped("name", "{Nachname} {Titel}")})
	if !strings.Contains(err.Error(), `no column "Titel" for name`) {
		t.Errorf("got %v", err)
	}
}

func TestColumnByItsLetter(t *testing.T) {
	t.Parallel()
	l := open(t, write(t, "list.csv", "Guests\nEmail,Name,,Email,Name\na@x.example,Anna,,b@x.example,Bob\n"), Options{Map: mapped("email", "d")})
	rows := all(t, l)
	assert.Equal(t, "rows", len(rows), 1)
	assert.Equal(t, "address", l.Header().Value(rows[0], batch.Email), "b@x.example")
	assert.Equal(t, "name of the same table", l.Header().Value(rows[0], batch.Name), "Bob")
}

func TestColumnsWithoutAHeading(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		headings string // "|" between them
		isCSV    bool
		want     []int
	}{
		{"Email|Name|", true, []int{2}},
		{"Email|Name| ", false, []int{2}},
		{"|Email||Name|", true, []int{0, 2, 4}},
		{"||Email||Name", false, []int{3}},                      // remarks stand left of a table
		{"Column1 (no heading)|Email|Column3", false, []int{0}}, // as results have it
	} {
		got := unheadedColumns(batch.Header{Columns: strings.Split(tt.headings, "|")}, tt.isCSV)
		assert.Equal(t, tt.headings, got, tt.want)
	}
	l := open(t, write(t, "list.csv", "Name,Note,\nAnna,x,anna@x.example\n"), Options{Map: map[batch.Field]string{batch.Email: "C"}})
	assert.Equal(t, "a column that is read", l.Header().Unheaded, []int(nil))
}
