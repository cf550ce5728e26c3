"""Writes the workbooks of openpyxl, and those that something happened to.

Run by generate.sh after the other programs; the argument is the folder of the
lists.
"""

import datetime
import email.message
import json
import pathlib
import sys
import zipfile

import openpyxl
from openpyxl.worksheet.filters import FilterColumn, Filters
from openpyxl.worksheet.hyperlink import Hyperlink

LISTS = pathlib.Path(sys.argv[1])
MADE = datetime.datetime(2026, 3, 2, 9, 0, 0)
PARTNERS = [
    ["Company", "Email", "Name", "Send message"],
    ["Fabrikam GmbH", "lena.mueller@fabrikam.com", "Lena Müller", "yes"],
    ["Contoso, Ltd.", "omar.haddad@contoso.com", "Omar Haddad", "no"],
    ["A. Datum", "mia.park@adatum.example", "Mia Park 박미아", None],
]

WORD = {
    "[Content_Types].xml": '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/document.xml": '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>Email: lena.mueller@fabrikam.com</w:t></w:r></w:p></w:body></w:document>",
}


def book_of(rows):
    """A workbook with one sheet of these rows."""
    book = openpyxl.Workbook()
    book.properties.creator = "Paola Rossi"
    book.properties.created = book.properties.modified = MADE
    book.active.title = "Partners"
    for row in rows:
        book.active.append(row)
    return book


def save(book, name):
    book.save(LISTS / "xlsx" / name)


def with_openpyxl():
    save(book_of(PARTNERS), "openpyxl.xlsx")

    # openpyxl writes formulas and never what they come to.
    save(book_of([
        ["First name", "Domain", "Email", "Name"],
        ["lena", "fabrikam.com", '=A2&"@"&B2', "=PROPER(A2)"],
        ["omar", "contoso.com", '=A3&"@"&B3', "=PROPER(A3)"],
    ]), "formulas-without-values.xlsx")

    save(book_of([
        ["Email", "First name", "Last name", "Name"],
        ["lena@fabrikam.com", "Lena", "Müller", '=B2&" "&C2'],
        ["omar@contoso.com", "Omar", "Haddad", "Omar Haddad"],
    ]), "names-without-values.xlsx")

    book = book_of(PARTNERS)
    sheet = book.active
    sheet.auto_filter.ref = "A1:D4"
    sheet.auto_filter.filterColumn.append(FilterColumn(colId=0, filters=Filters(filter=["Contoso, Ltd."])))
    for row in (2, 4):
        sheet.row_dimensions[row].hidden = True
    save(book, "filter-by-company.xlsx")

    book = book_of([["Name", "Email"], ["Lena Müller", "write to Lena"], ["Omar Haddad", "omar.haddad@contoso.com"]])
    book.active["B2"].hyperlink = Hyperlink(ref="B2", target="mailto:lena.mueller@fabrikam.com", tooltip="mail")
    save(book, "openpyxl-hyperlink.xlsx")

    book = book_of(PARTNERS)
    book.create_chartsheet("Chart", 0)
    save(book, "chart-sheet-first.xlsx")


def after_accidents():
    whole = (LISTS / "xlsx" / "libreoffice.xlsx").read_bytes()
    # The copying stopped half-way.
    (LISTS / "xlsx" / "cut-short.xlsx").write_bytes(whole[: len(whole) // 2])
    rewrite("libreoffice.xlsx", "sheet-cut.xlsx", lambda name, data: data[: data.index(b'<row r="4"') + 30] if name.endswith("sheet1.xml") else data)
    rewrite("libreoffice.xlsx", "no-strings.xlsx", lambda name, data: None if name == "xl/sharedStrings.xml" else data)
    rewrite("libreoffice.xlsx", "no-sheet.xlsx", lambda name, data: None if name.endswith("sheet1.xml") else data)
    flipped = bytearray((LISTS / "xlsx" / "libreoffice.xlsx").read_bytes())
    with zipfile.ZipFile(LISTS / "xlsx" / "libreoffice.xlsx") as book:
        sheet = book.getinfo("xl/worksheets/sheet1.xml")
    flipped[sheet.header_offset + 30 + len(sheet.filename) + sheet.compress_size // 2] ^= 0xFF
    (LISTS / "xlsx" / "bit-flipped.xlsx").write_bytes(flipped)


def rewrite(source, target, change):
    """Copies a workbook; change gives the new bytes of a part, None to drop it."""
    with zipfile.ZipFile(LISTS / "xlsx" / source) as old, zipfile.ZipFile(LISTS / "xlsx" / target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = change(part.filename, old.read(part))
            if data is not None:
                new.writestr(zipfile.ZipInfo(part.filename, (2026, 3, 2, 9, 0, 0)), data, zipfile.ZIP_DEFLATED)


def other_files():
    folder = LISTS / "not-xlsx"
    with zipfile.ZipFile(folder / "partners.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("export/partners.csv", (2026, 3, 2, 9, 0, 0)), "Email\nlena.mueller@fabrikam.com\n")
    # What makes a Word document one, and its one table.
    with zipfile.ZipFile(folder / "partners.docx", "w", zipfile.ZIP_DEFLATED) as document:
        for name, text in WORD.items():
            document.writestr(zipfile.ZipInfo(name, (2026, 3, 2, 9, 0, 0)), text, zipfile.ZIP_DEFLATED)
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "lena.mueller@fabrikam.com", "paola@woodgrove.example", "The list"
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    message.set_content("Attached.\n")
    message.add_attachment("Email\nlena.mueller@fabrikam.com\n", subtype="csv", filename="partners.csv")
    message.set_boundary("=" * 15 + "1")
    (folder / "message.eml").write_bytes(message.as_bytes())
    (folder / "contacts.vcf").write_text("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Lena Müller\r\nEMAIL:lena.mueller@fabrikam.com\r\nEND:VCARD\r\n", "utf-8")
    (folder / "guests.json").write_text(json.dumps({"value": [{"mail": "lena.mueller@fabrikam.com"}]}, indent=1) + "\n", "utf-8")


with_openpyxl()
after_accidents()
other_files()
