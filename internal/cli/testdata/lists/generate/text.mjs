// Writes the lists that are text: what exports, editors and hands make of CSV.
// Run by generate.sh; the first argument is the folder of the lists, the second
// one for what LibreOffice is given.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import iconv from "iconv-lite";

const [lists, drafts] = process.argv.slice(2);

/** Writes bytes or UTF-8 text to a file of the lists. */
function list(name, content) {
  write(join(lists, name), content);
}

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Rows of plain cells as text: nothing is quoted, each row ends with `end`. */
const rows = (table, comma = ",", end = "\n") => table.map((row) => row.join(comma) + end).join("");

/** A cell in quotes, its own quotes doubled. */
const quoted = (cell) => `"${cell.replaceAll('"', '""')}"`;

const partners = [
  ["Email", "Name", "Company"],
  ["lena.mueller@fabrikam.com", "Lena Müller", "Fabrikam GmbH"],
  ["zoe.barthelemy@contoso.com", "Zoë Barthélémy", "Contoso Genève"],
  ["jorge.ibanez@tailspin.example", "Jorge Ibáñez", "Tailspin Toys"],
];
const polish = [
  ["Email", "Name", "Company"],
  ["lukasz.zolc@fabrikam.com", "Łukasz Żółć", "Fabrikam Łódź"],
  ["swietlana.grzes@contoso.com", "Świetlana Grześ", "Contoso Kraków"],
];
const russian = [
  ["Email", "Name", "Company"],
  ["ivan.petrov@fabrikam.com", "Иван Петров", "Фабрикам"],
  ["olga.smirnova@contoso.com", "Ольга Смирнова", "Контосо Казань"],
];
const japanese = [
  ["Email", "Name", "Company"],
  ["sato.hanako@fabrikam.com", "佐藤 花子", "ファブリカム株式会社"],
  ["tanaka.ichiro@contoso.com", "田中 一郎", "コントソ"],
];
const chinese = [
  ["Email", "Name", "Company"],
  ["wang.xiaoming@fabrikam.com", "王小明", "法布里卡姆有限公司"],
  ["li.na@contoso.com", "李娜", "康托索"],
];

encodings();
shapes();
templates();
addresses();
fields();
choices();

function encodings() {
  list("encodings/utf-8.csv", rows(partners));
  list("encodings/utf-8-bom.csv", "\uFEFF" + rows(partners, ",", "\r\n"));
  list("encodings/utf-16be.csv", iconv.encode("\uFEFF" + rows(partners, ";", "\r\n"), "utf-16be"));
  list("encodings/utf-16le-without-mark.txt", iconv.encode(rows(partners, "\t", "\r\n"), "utf-16le"));
  list("encodings/utf-32.csv", iconv.encode("\uFEFF" + rows(partners), "utf-32le"));
  list("encodings/gb18030.csv", iconv.encode(rows(chinese, ",", "\r\n"), "gb18030"));
  list("encodings/macintosh.csv", iconv.encode(rows(partners, ";", "\r"), "macintosh"));
  // Two exports pasted together: the second half has another encoding.
  list("encodings/two-in-one.csv", Buffer.concat([
    Buffer.from(rows(partners)),
    iconv.encode(rows([["jurgen.gross@adatum.example", "Jürgen Groß", "A. Datum"]]), "windows-1252"),
  ]));
  // What LibreOffice writes in other encodings, see generate.sh.
  write(join(drafts, "western.csv"), rows(partners));
  write(join(drafts, "polish.csv"), rows(polish));
  write(join(drafts, "russian.csv"), rows(russian));
  write(join(drafts, "japanese.csv"), rows(japanese));
}

function shapes() {
  const plain = [
    ["Name", "Email", "Send message"],
    ["Lena Moeller", "lena.moeller@fabrikam.com", "true"],
    ["Omar Haddad", "omar.haddad@contoso.com", "false"],
  ];
  list("csv/comma.csv", rows(plain));
  list("csv/semicolon.csv", rows(plain, ";"));
  list("csv/tab.tsv", rows(plain, "\t"));
  list("csv/pipe.txt", rows(plain, "|"));
  list("csv/caret.txt", rows(plain, "^"));
  list("csv/crlf.csv", rows(plain, ",", "\r\n"));
  list("csv/cr.csv", rows(plain, ",", "\r"));
  list("csv/mixed-line-ends.csv", "Name,Email\r\nLena,lena@fabrikam.com\nOmar,omar@contoso.com\rMia,mia@adatum.example\r\n");
  list("csv/no-line-end-at-the-end.csv", rows(plain).trimEnd());
  list("csv/sep-semicolon.csv", "sep=;\r\n" + rows(plain, ";", "\r\n"));
  list("csv/sep-tab.csv", "sep=\t\r\n" + rows(plain, "\t", "\r\n"));
  list("csv/semicolon-with-commas.csv", rows([
    ["Name", "Company", "E-Mail", "Remarks"],
    ["Moeller, Lena", "Fabrikam, Inc.", "lena.moeller@fabrikam.com", "Mon, Tue, Wed"],
    ["Haddad, Omar", "Contoso, Ltd.", "omar.haddad@contoso.com", "Thu, Fri"],
  ], ";", "\r\n"));
  list("csv/quotes.csv", [
    ["Email", "Name", "Message"],
    ["lena.moeller@fabrikam.com", 'Lena "Lenchen" Moeller', "Welcome, Lena; see you soon"],
    ["omar.haddad@contoso.com", "Haddad, Omar", 'He said: "yes"'],
  ].map((row) => row.map(quoted).join(",") + "\r\n").join(""));
  list("csv/line-breaks.csv",
    `Email,Name,"Customized\nmessage"\nlena.moeller@fabrikam.com,Lena Moeller,"Dear Lena,\n\nwelcome to the project.\r\nYours, Contoso"\n` +
    "omar.haddad@contoso.com,Omar Haddad,\nnobody,Row Seven,\n");
  list("csv/ragged.csv", rows([
    ["Name", "Email", "Company", "Language"],
    ["Lena Moeller", "lena.moeller@fabrikam.com"],
    ["Omar Haddad", "omar.haddad@contoso.com", "Contoso", "fr-FR", "a cell too many", "and one more"],
    ["Mia Park"],
    ["Rosa Quispe", "rosa.quispe@northwind.example", "Northwind", "es-PE"],
  ]));
  // A comma that nobody quoted moves what follows it one column to the right.
  list("csv/comma-in-a-cell.csv", rows([
    ["Email", "Name", "Company"],
    ["lena.moeller@fabrikam.com", "Moeller, Lena", "Fabrikam"],
    ["omar.haddad@contoso.com", "Omar Haddad", "Contoso"],
  ]));
  list("csv/blank-rows.csv", "\n\nEmail,Name\n\nlena.moeller@fabrikam.com,Lena Moeller\n,\n   , \n\nomar.haddad@contoso.com,Omar Haddad\n\n\n");
  list("csv/title-rows.csv", "Partner list 2026;;\nkept by Paola, please ask before you change it;;\n;;\nFirma;Name;E-Mail\nFabrikam;Lena Moeller;lena.moeller@fabrikam.com\n");
  list("csv/nul-byte.csv", "Email,Name\nlena.moeller@fabrikam.com,Lena Moeller\nomar.haddad@contoso.com,Omar\0Haddad\n");
  list("csv/nul-padding.csv", "Email,Name\nlena.moeller@fabrikam.com,Lena Moeller\n" + "\0".repeat(4096));
  list("csv/long-cell.csv", rows([
    ["Email", "Name", "Notes"],
    ["lena.moeller@fabrikam.com", "Lena Moeller", "met at the fair ".repeat(2500).trim()],
    ["omar.haddad@contoso.com", "Omar Haddad", "short"],
  ]));
  list("csv/unclosed-quote.csv", `Email,Name,Company\nlena.moeller@fabrikam.com,"Lena Moeller,Fabrikam\nomar.haddad@contoso.com,Omar Haddad,Contoso\nmia.park@adatum.example,Mia Park,A. Datum\n`);
  list("csv/two-stray-quotes.csv", `Email,Name,Company\nlena.moeller@fabrikam.com,"Lena Moeller,Fabrikam\nomar.haddad@contoso.com,Omar Haddad,Contoso\nmia.park@adatum.example,Mia Park",A. Datum\n`);
  list("csv/quote-inside.csv", `Email,Name,Size\nlena.moeller@fabrikam.com,Lena Moeller,screen of 24" or more\nomar.haddad@contoso.com,"Omar" Haddad,large\n`);
  list("csv/headings-alone.csv", "Email,Name,Company\n");
  list("csv/no-headings.csv", rows(plain.slice(1)));
  list("csv/no-address-column.csv", rows([["Name", "Phone", "Contact"], ["Lena Moeller", "+49 30 123", "lena.moeller@fabrikam.com"]]));
  list("csv/two-address-columns.csv", rows([["Name", "Mail", "Email"], ["Lena Moeller", "old@fabrikam.com", "lena.moeller@fabrikam.com"]]));
  list("csv/addresses-alone.csv", "Email\nlena.moeller@fabrikam.com\nomar.haddad@contoso.com\n");
  list("csv/empty.csv", "");
  list("csv/results-of-excel-formulas.csv", 'Email,Name,Company\nlena.moeller@fabrikam.com,"=""Lena""",=A2\nomar.haddad@contoso.com,#N/A,#REF!\n#REF!,Mia Park,A. Datum\n');
}

function templates() {
  const english = [
    "Email address to invite [inviteeEmail] Required", "Redirection url [inviteRedirectURL] Required",
    "Send invitation message (true or false) [sendEmail]", "Customized invitation message [customizedMessageBody]",
  ];
  const example = ["Example: lstokes@fabrikam.com", "https://myapplications.microsoft.com", "TRUE", "Welcome to the Contoso organization!"];
  const guests = [
    ["lena.moeller@fabrikam.com", "https://myapplications.microsoft.com", " TRUE", '"Welcome, Lena"'],
    ["omar.haddad@contoso.com", "https://myapplications.microsoft.com", "false", ""],
  ];
  list("templates/admin-center.csv", "version:v1.0\r\n" + rows([english, example, ...guests], ",", "\r\n"));
  list("templates/admin-center-padded.csv", "version:v1.0,,,\r\n" + rows([english, ...guests], ",", "\r\n"));
  list("templates/admin-center-german.csv", "\uFEFFversion:v1.0;;;\r\n" + rows([[
    "Einzuladende E-Mail-Adresse [inviteeEmail] Erforderlich", "Umleitungs-URL [inviteRedirectURL] Erforderlich",
    "Einladungsnachricht senden (true oder false) [sendEmail]", "Angepasste Einladungsnachricht [customizedMessageBody]",
  ], ["lena.mueller@fabrikam.com", "https://myapplications.microsoft.com", "WAHR", "Schön, dass Sie dabei sind."]], ";", "\r\n"));
  list("templates/admin-center-japanese.csv", "\uFEFFversion:v1.0,,,\r\n" + rows([[
    "招待するメール アドレス [inviteeEmail] 必須", "リダイレクト URL [inviteRedirectURL] 必須",
    "招待メッセージの送信 (true または false) [sendEmail]", "カスタマイズされた招待メッセージ [customizedMessageBody]",
  ], example, ["sato.hanako@fabrikam.com", "https://myapplications.microsoft.com", "true", "ようこそ。"]], ",", "\r\n"));
  list("templates/admin-center-untouched.csv", "version:v1.0\r\n" + rows([english, example], ",", "\r\n"));

  const names = ["InvitedUserEmailAddress", "InvitedUserDisplayName", "InviteRedirectUrl", "SendInvitationMessage", "InvitedUserType"];
  const guest = ["lena.moeller@fabrikam.com", "Lena Moeller", "https://portal.contoso.com", "$true", "Guest"];
  list("templates/new-mginvitation.csv", rows([
    [...names, "InvitedUserMessageInfo"], [...guest, "Welcome to the project"],
    ["omar.haddad@contoso.com", "Omar Haddad", "https://portal.contoso.com", "$false", "Member", ""],
  ]));
  list("templates/new-entrainvitation.csv", rows([names.map((n) => "-" + n), guest]));
  // Export-Csv of Windows PowerShell puts the type of the objects first.
  list("templates/new-azureadmsinvitation.csv", "#TYPE System.Management.Automation.PSCustomObject\r\n" +
    [names.slice(0, 4), ["lena.moeller@fabrikam.com", "Lena Moeller", "https://portal.contoso.com", "True"]]
      .map((row) => row.map(quoted).join(",") + "\r\n").join(""));
}

function addresses() {
  const table = (cells) => rows([["Email", "Name"], ...cells.map((cell, i) => [quoted(cell), `Guest ${i + 1}`])]);
  list("addresses/spaces.csv", table(["  lena@fabrikam.com", "omar@contoso.com  ", "\tmia@adatum.example\t", "rosa quispe@northwind.example", "jo@ fabrikam.com"]));
  list("addresses/unseen.csv", table([
    "\u00A0lena@fabrikam.com\u00A0", "omar@contoso.com\u200B", "\u2060mia@adatum.example", "\u202Arosa@northwind.example\u202C",
    "jo\u200B@fabrikam.com", "pat\u00A0@fabrikam.com", "kim@fabri\u00ADkam.com", "\u3000sam@fabrikam.com",
  ]));
  list("addresses/mailto.csv", table([
    "mailto:lena@fabrikam.com", "MAILTO:omar@contoso.com?subject=Hello", "mailto:mia%2Bpartners@adatum.example",
    "<mailto:rosa@northwind.example>", "mailto:", "jo@fabrikam.com <mailto:jo@fabrikam.com>",
  ]));
  list("addresses/with-names.csv", [
    "Email,Name", '"Lena Moeller <lena@fabrikam.com>",', '"""Haddad, Omar"" <omar@contoso.com>",', "<mia@adatum.example>,",
    "Rosa Q. <rosa@northwind.example>,Rosa Quispe", "'jo@fabrikam.com',", "“pat@fabrikam.com”,", "=?utf-8?Q?Zo=C3=AB?= <zoe@contoso.com>,",
    "kim@fabrikam.com (Kim Abercrombie),", "Lena Moeller lena2@fabrikam.com,",
  ].join("\n") + "\n");
  list("addresses/trailing-signs.csv", table(["lena@fabrikam.com;", "omar@contoso.com,", "mia@adatum.example.", " rosa@northwind.example ; ", ";;"]));
  list("addresses/several.csv", table([
    "lena@fabrikam.com; omar@contoso.com", "mia@adatum.example,rosa@northwind.example,jo@fabrikam.com",
    "Lena Moeller <lena3@fabrikam.com>; Omar Haddad <omar3@contoso.com>", "pat@fabrikam.com\nkim@fabrikam.com", "sam@fabrikam.com / alex@fabrikam.com",
    "ada@fabrikam.com or eve@fabrikam.com", "twice@fabrikam.com; twice@fabrikam.com",
  ]));
  list("addresses/idn.csv", table([
    "lena@müller-maschinen.example", "LENA@xn--mller-maschinen-zvb.example", "info@例え.example", "jürgen@fabrikam.com", "omar@-contoso.com", "omar@contoso..com",
    "анна@пример.example",
  ]));
  list("addresses/signs.csv", table([
    "lena+partners@fabrikam.com", "o'brien@contoso.com", "o’brien@contoso.com", "mia#1@adatum.example", "rosa=q@northwind.example", "jo-@fabrikam.com", "pat!@fabrikam.com",
    ".sam@fabrikam.com", "sam..j@fabrikam.com",
  ]));
  list("addresses/no-addresses.csv", table([
    "", "n/a", "lena", "lena@", "@fabrikam.com", "lena@fabrikam", "lena(at)fabrikam.com", "lena[at]fabrikam.com", "lena at fabrikam.com", "lena@@fabrikam.com", "lena@fabrikam,com",
    "lena@192.168.0.1", "lena@[192.168.0.1]", "www.fabrikam.com", "tel:+4930123", "lena＠fabrikam.com", "a".repeat(65) + "@fabrikam.com",
    "CONTOSO\\lena", "lena_fabrikam.com#EXT#@contoso.onmicrosoft.com",
  ]));
  list("addresses/slips.csv", table(["lena@gmial.com", "omar@hotmial.com", "mia@outlok.com", "rosa@fabrikam.con", "jo@gmail.co", "pat@yaho.com", "kim@gmail.com.", "www.sam@fabrikam.com"]));
  list("addresses/consumer.csv", table(["lena@gmail.com", "omar@outlook.com", "mia@gmx.de", "rosa@yahoo.co.uk", "jo@fabrikam.com", "pat@gmail.com", "kim@qq.com"]));
  list("addresses/disposable.csv", table(["lena@mailinator.com", "omar@10minutemail.com", "mia@fabrikam.com"]));
  list("addresses/own-domain.csv", table(["lena@fabrikam.com", "paola@woodgrove.example", "PAOLA.ROSSI@WoodGrove.example", "sam@mail.woodgrove.example", "omar@contoso.com"]));
  // What the Entra admin center exports of users.
  list("addresses/user-principal-names.csv", rows([
    ["userPrincipalName", "displayName", "userType"], ["lena_fabrikam.com#EXT#@woodgrove.onmicrosoft.com", "Lena Moeller", "Guest"],
    ["paola@woodgrove.onmicrosoft.com", "Paola Rossi", "Member"],
  ]));
  list("addresses/duplicates-of-invalid-rows.csv", rows([
    ["Email", "Redirect URL"], ["lena@fabrikam.com", "portal"], ["lena@fabrikam.com", "https://portal.contoso.com"], ["n/a", ""], ["n/a", ""],
  ]));
  list("addresses/duplicates.csv", table(["lena@fabrikam.com", "omar@contoso.com", "LENA@Fabrikam.com", " lena@fabrikam.com;", "Lena <lena@fabrikam.com>", "nobody", "nobody", "mia@adatum.example"]));
}

function fields() {
  const field = (heading, cells) => rows([["Email", heading], ...cells.map((cell, i) => [`guest${i + 1}@fabrikam.com`, quoted(cell)])]);
  list("fields/booleans.csv", field("Send message", [
    "true", "FALSE", "yes", "No", "ja", "nein", "oui", "non", "si", "sí", "no", "sim", "não", "y", "n", "j", "1", "0", "x", "wahr", "FALSCH",
    "vrai", "faux", "verdadero", "falso", "on", "off", "✓", "☑", "TRUE ", "", "tak", "maybe", "2", "yes please", "-",
  ]));
  list("fields/redirect-urls.csv", field("Redirect URL", [
    "https://portal.contoso.com/start?from=invite", "http://portal.contoso.com", "http://localhost:3000", "", "portal.contoso.com", "www.contoso.com/partners",
    "/partners", "ftp://files.contoso.com", "https://", "none", " https://portal.contoso.com ", "https://portal.contoso.com/two words", "HTTPS://portal.contoso.com",
  ]));
  list("fields/copies.csv", rows([
    ["Email", "Cc", "Send message"],
    ["guest1@fabrikam.com", "paola@woodgrove.example", "yes"], ["guest2@fabrikam.com", "Paola Rossi <paola@woodgrove.example>;", "yes"],
    ["guest3@fabrikam.com", quoted("paola@woodgrove.example; sam@woodgrove.example"), "yes"], ["guest4@fabrikam.com", "Paola", "yes"],
    ["guest5@fabrikam.com", "", "yes"], ["guest6@fabrikam.com", "paola@woodgrove.example", "no"],
  ]));
  list("fields/languages.csv", rows([
    ["Email", "Language", "Send message"],
    ...["en-US", "nl_NL", "de", "zh-Hans", "DE-de", "German", "deutsch", "english", "xx", "e", "en-UK", "1031", "", "de-DE, en-US"].map((tag, i) => [`guest${i + 1}@fabrikam.com`, quoted(tag), "true"]),
  ]));
  const id = (n) => `2804bee7-62ec-4eb3-9bc9-8c32bfa4b76${n}`;
  list("fields/sponsors.csv", field("Sponsors", [
    id(1), `${id(1)};${id(2)}`, `{${id(3).toUpperCase()}}`, `${id(1)},\n${id(2)}`, `${id(1)};${id(1)};`, [1, 2, 3, 4, 5].map(id).join("; "), [1, 2, 3, 4, 5, 6].map(id).join("; "),
    "paola@woodgrove.example", "Paola Rossi", `${id(1)};paola`, "2804bee762ec4eb39bc98c32bfa4b761", "",
  ]));
  list("fields/user-types.csv", field("User type", ["Guest", "member", " MEMBER ", "", "B2B Guest", "external", "Guest/Member"]));
  list("fields/messages.csv", rows([
    ["Email", "Message", "Send message"],
    ["guest1@fabrikam.com", "Welcome to project Harbor", "yes"], ["guest2@fabrikam.com", "Welcome to project Harbor", "no"], ["guest3@fabrikam.com", "<b>Welcome</b><br>to Harbor", "yes"],
    ["guest4@fabrikam.com", quoted("Welcome to project Harbor. ".repeat(150).trim()), "yes"], ["guest5@fabrikam.com", "", "yes"],
    ["guest6@fabrikam.com", "Hello {{.DisplayName}}", "yes"],
  ]));
  list("fields/long-name.csv", rows([["Email", "Name"], ["guest1@fabrikam.com", "Maximiliane ".repeat(25).trim()], ["guest2@fabrikam.com", "Max"]]));
  list("fields/several-problems.csv", rows([
    ["Email", "Name", "Redirect URL", "Send message", "Language", "Cc", "User type", "Sponsors"],
    ["lena(at)fabrikam.com", "Lena Moeller", "portal", "perhaps", "german", "Paola", "Boss", "Sam"],
    ["omar@contoso.com", "Omar Haddad", "http://portal.contoso.com", "yes", "en_GB", "paola@woodgrove.example", "guest", ""],
  ]));
}

function choices() {
  list("choices/partners.csv", rows([
    ["Company", "Contact mail", "Full name", "Account Manager", "Project"],
    ["Fabrikam", "lena@fabrikam.com", "Lena Moeller", "Paola Rossi", "Harbor"], ["Contoso", "omar@contoso.com", "Omar Haddad", "Sam Lee", "Harbor"],
    ["FABRIKAM ", "mia@fabrikam.com", "Mia Park", "Sam Lee", "Tower"], ["Northwind", "rosa@northwind.example", "Rosa Quispe", "Paola Rossi", ""],
    ["Fabrikam Labs", "jo@labs.fabrikam.com", "Jo Brown", "Paola Rossi", "a=b"], ["Adatum", "not yet known", "Pat Coleman", "Sam Lee", "Tower"],
    ["Contoso", "OMAR@contoso.com", "Omar H.", "Paola Rossi", "Tower"],
  ]));
}
