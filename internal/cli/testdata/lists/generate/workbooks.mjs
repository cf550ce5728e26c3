// Writes the lists that come as workbooks of exceljs, SheetJS and xlsx-populate,
// and what SheetJS writes in the other formats of Excel and Numbers. Run by
// generate.sh; the arguments are those of text.mjs.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ExcelJS from "exceljs";
import XLSX from "xlsx";
import numbers from "xlsx/dist/xlsx.zahl.mjs";
import XlsxPopulate from "xlsx-populate";

const [lists] = process.argv.slice(2);
const made = new Date("2026-03-02T09:00:00Z");

const partners = [
  ["Company", "Email", "Name", "Send message"],
  ["Fabrikam GmbH", "lena.mueller@fabrikam.com", "Lena Müller", "yes"],
  ["Contoso, Ltd.", "omar.haddad@contoso.com", "Omar Haddad", "no"],
  ["A. Datum", "mia.park@adatum.example", "Mia Park 박미아", ""],
];

for (const folder of ["xlsx", "not-xlsx"]) mkdirSync(join(lists, folder), { recursive: true });
await withExcelJS();
withSheetJS();
await withXlsxPopulate();

/** A workbook of exceljs: `fill` gets its first sheet and the workbook. */
async function excel(name, fill, options = {}) {
  const book = new ExcelJS.Workbook();
  book.creator = "Paola Rossi";
  book.created = book.modified = made;
  await fill(book.addWorksheet(options.sheet ?? "Partners"), book);
  await book.xlsx.writeFile(join(lists, "xlsx", name));
}

async function withExcelJS() {
  await excel("exceljs.xlsx", (sheet) => sheet.addRows(partners));

  await excel("several-sheets.xlsx", (notes, book) => {
    notes.addRows([["Read me"], ["The guests are on the third sheet."]]);
    book.addWorksheet("Companies").addRows([["Company", "City"], ["Fabrikam GmbH", "Berlin"]]);
    book.addWorksheet("Guests 2026").addRows(partners);
    book.addWorksheet("Guests 2025").addRows([["Email"], ["long.gone@fabrikam.com"]]);
    const old = book.addWorksheet("Archive", { state: "hidden" });
    old.addRows([["Email"], ["archived@fabrikam.com"]]);
  }, { sheet: "Notes" });

  await excel("hidden-sheet-first.xlsx", (hidden, book) => {
    hidden.state = "hidden";
    hidden.addRows([["Email"], ["archived@fabrikam.com"]]);
    book.addWorksheet("Partners").addRows(partners);
    book.views = [{ activeTab: 1, firstSheet: 1, visibility: "visible" }];
  }, { sheet: "Archive" });

  await excel("title-rows.xlsx", (sheet) => {
    sheet.addRows([["Partners of Contoso, as of March 2026"], ["Please do not send this list on."], [], ...partners]);
    sheet.mergeCells("A1:D1");
    sheet.mergeCells("A2:D2");
    sheet.getCell("A1").font = { bold: true, size: 16 };
  });

  await excel("merged-cells.xlsx", (sheet) => {
    sheet.addRows([["Company", "Email", "Name", "Send message"], ["Fabrikam GmbH", "lena.mueller@fabrikam.com", "Lena Müller", "yes"],
      [null, "max.bauer@fabrikam.com", "Max Bauer", null], ["Contoso, Ltd.", "omar.haddad@contoso.com", "Omar Haddad", "no"]]);
    sheet.mergeCells("A2:A3");
    sheet.mergeCells("D2:D3");
  });

  await excel("hidden-rows.xlsx", (sheet) => {
    sheet.addRows(partners);
    sheet.getRow(3).hidden = true;
  });

  await excel("hidden-columns.xlsx", (sheet) => {
    sheet.addRows(partners);
    sheet.getColumn(1).hidden = true;
    sheet.getColumn(4).hidden = true;
  });

  await excel("filter.xlsx", (sheet) => {
    sheet.addRows(partners);
    sheet.autoFilter = "A1:D4";
    sheet.getRow(2).hidden = true;
    sheet.getRow(4).hidden = true;
  });

  await excel("rich-text.xlsx", (sheet) => {
    sheet.addRow(["Email", "Name"]);
    sheet.addRow([
      { richText: [{ text: "lena.mueller" }, { text: "@fabrikam.com", font: { bold: true, color: { argb: "FFC00000" } } }] },
      { richText: [{ text: "Lena ", font: { italic: true } }, { text: "Müller" }] },
    ]);
    sheet.addRow(["omar.haddad@contoso.com", { richText: [{ text: "Omar\n", font: { bold: true } }, { text: " Haddad" }] }]);
  });

  await excel("hyperlinks.xlsx", (sheet) => {
    sheet.addRow(["Name", "Email"]);
    const link = (text, hyperlink) => ({ text, hyperlink });
    sheet.addRow(["Lena Müller", link("lena.mueller@fabrikam.com", "mailto:lena.mueller@fabrikam.com")]);
    sheet.addRow(["Omar Haddad", link("Omar Haddad", "mailto:omar.haddad@contoso.com?subject=Partner%20portal")]);
    sheet.addRow(["Mia Park", link("send mail", "mailto:mia.park%2Bpartners@adatum.example")]);
    sheet.addRow(["Rosa Quispe", link("rosa.quispe@northwind.example", "mailto:rosa.old@northwind.example")]);
    sheet.addRow(["Jo Brown", link("Jo on the web", "https://www.fabrikam.com/jo")]);
  });

  await excel("values.xlsx", (sheet) => {
    sheet.addRow(["Email", "Name", "Send message", "Customer no.", "Since", "Share", "Turnover", "Remark"]);
    sheet.addRow(["lena.mueller@fabrikam.com", "Lena Müller", true, 42, new Date("2024-02-29T00:00:00Z"), 0.125, 1234.5, { error: "#N/A" }]);
    sheet.addRow(["omar.haddad@contoso.com", 4711, false, 9007199254740991, new Date("2025-12-31T18:30:00Z"), 1, -0.5, { error: "#REF!" }]);
    sheet.addRow(["mia.park@adatum.example", "Mia Park", 1, "0042", "", "", "", ""]);
    sheet.addRow([{ error: "#VALUE!" }, "Rosa Quispe", 0, "", "", "", "", ""]);
    sheet.addRow([12345, "Jo Brown", "", "", "", "", "", ""]);
    for (let row = 2; row <= 3; row++) {
      sheet.getCell(row, 5).numFmt = row === 2 ? "dd.mm.yyyy" : "yyyy-mm-dd hh:mm";
      sheet.getCell(row, 6).numFmt = "0.0%";
      sheet.getCell(row, 7).numFmt = "#,##0.00";
    }
  });

  await excel("formulas-stored.xlsx", (sheet) => {
    sheet.addRow(["First name", "Domain", "Email", "Name"]);
    sheet.addRow(["lena", "fabrikam.com", { formula: 'A2&"@"&B2', result: "lena@fabrikam.com" }, { formula: "PROPER(A2)", result: "Lena" }]);
    sheet.addRow(["omar", "", { formula: 'IF(B3="","",A3&"@"&B3)', result: "" }, { formula: "PROPER(A3)", result: "Omar" }]);
    sheet.addRow(["mia", "adatum.example", { formula: "VLOOKUP(A4,X:Y,2,0)", result: { error: "#N/A" } }, "Mia"]);
  });

  await excel("table-filtered.xlsx", (sheet) => {
    sheet.addTable({
      name: "Guests", ref: "A1", headerRow: true, columns: partners[0].map((name) => ({ name, filterButton: true })), rows: partners.slice(1),
      style: { theme: "TableStyleMedium2", showRowStripes: true },
    });
    sheet.getRow(3).hidden = true;
  });

  await excel("blank-rows.xlsx", (sheet) => {
    sheet.addRows([partners[0], partners[1], [], [null, null, null, null], ["", " ", "", ""], partners[2], ["Total", null, null, "2 guests"]]);
  });

  await excel("no-address-column.xlsx", (sheet) => sheet.addRows([["Company", "Contact", "City"], ["Fabrikam GmbH", "lena.mueller@fabrikam.com", "Berlin"]]));
  await excel("no-guests.xlsx", (sheet) => sheet.addRow(partners[0]));
  await excel("no-cells.xlsx", () => undefined);
  await streamed();
}

/** exceljs can also write row by row, with each text in its cell. */
async function streamed() {
  const stream = new ExcelJS.stream.xlsx.WorkbookWriter({
    filename: join(lists, "xlsx", "inline-strings.xlsx"), useSharedStrings: false, useStyles: false,
  });
  stream.created = stream.modified = made;
  const sheet = stream.addWorksheet("Partners");
  for (const row of partners) sheet.addRow(row).commit();
  sheet.commit();
  await stream.commit();
}

function withSheetJS() {
  const book = XLSX.utils.book_new();
  book.Props = { Author: "Paola Rossi", CreatedDate: made, ModifiedDate: made };
  XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet(partners), "Partners");
  const save = (name, options) => writeFileSync(join(lists, name), XLSX.write(book, { type: "buffer", compression: true, ...options }));
  save("xlsx/sheetjs.xlsx", { bookType: "xlsx" });
  save("xlsx/sheetjs-shared-strings.xlsx", { bookType: "xlsx", bookSST: true });
  save("xlsx/sheetjs.xlsm", { bookType: "xlsm" });
  save("not-xlsx/sheetjs.xlsb", { bookType: "xlsb" });
  save("not-xlsx/sheetjs-biff8.xls", { bookType: "biff8" });
  save("not-xlsx/sheetjs-biff5.xls", { bookType: "biff5" });
  save("not-xlsx/sheetjs-biff2.xls", { bookType: "biff2" });
  save("not-xlsx/html.xls", { bookType: "html" });
  save("not-xlsx/xml-2003.xls", { bookType: "xlml" });
  save("not-xlsx/sylk.slk", { bookType: "sylk" });
  save("not-xlsx/dbase.dbf", { bookType: "dbf" });
  save("not-xlsx/lotus.wk3", { bookType: "wk3" });
  save("not-xlsx/data-interchange.dif", { bookType: "dif" });
  save("not-xlsx/apple.numbers", { bookType: "numbers", numbers });
  save("not-xlsx/sheetjs.ods", { bookType: "ods" });
}

async function withXlsxPopulate() {
  const book = await XlsxPopulate.fromBlankAsync();
  book.sheet(0).name("Partners").cell("A1").value(partners);
  await book.toFileAsync(join(lists, "xlsx", "xlsx-populate.xlsx"));
  await book.toFileAsync(join(lists, "xlsx", "password.xlsx"), { password: "Tulpe 2026" });
}
