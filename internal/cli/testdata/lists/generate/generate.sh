#!/bin/sh
# Writes all lists of the folder above. Needs Node 20, LibreOffice, and Python 3
# with openpyxl (Debian: libreoffice-calc, poppler-utils, python3-openpyxl).
set -eu
cd "$(dirname "$0")"
lists=$(cd .. && pwd)
drafts=$(mktemp -d)
trap 'rm -rf "$drafts"' EXIT

npm ci --no-audit --no-fund
node text.mjs "$lists" "$drafts"
node workbooks.mjs "$lists" "$drafts"

# office FORMAT TO FROM [INPUT-FILTER] lets LibreOffice save FROM as the file TO.
office() {
	name=$(basename "$3")
	soffice --headless "-env:UserInstallation=file://$drafts/office" ${4:+"--infilter=$4"} \
		--convert-to "$1" --outdir "$drafts/out" "$3" >"$drafts/office.log" 2>&1 || { cat "$drafts/office.log"; exit 1; }
	mv "$drafts/out/${name%.*}.${1%%:*}" "$lists/$2"
}

# CSV in other encodings: the filter's options are delimiter, quote, encoding.
utf8='CSV:44,34,76,1'
csv='csv:Text - txt - csv (StarCalc)'
office "$csv:59,34,1,1" encodings/windows-1252.csv "$drafts/western.csv" "$utf8"
office "$csv:44,34,4,1" encodings/ibm850.csv "$drafts/western.csv" "$utf8"
office "$csv:9,34,65535,1" encodings/utf-16le-tabs.txt "$drafts/western.csv" "$utf8"
office "$csv:59,34,33,1" encodings/windows-1250.csv "$drafts/polish.csv" "$utf8"
office "$csv:59,34,34,1" encodings/windows-1251.csv "$drafts/russian.csv" "$utf8"
office "$csv:44,34,64,1" encodings/shift_jis.csv "$drafts/japanese.csv" "$utf8"

# The same guests in what LibreOffice writes.
source="$lists/xlsx/exceljs.xlsx"
office xlsx xlsx/libreoffice.xlsx "$source"
office xls not-xlsx/libreoffice.xls "$source"
office ods not-xlsx/libreoffice.ods "$source"
office fods not-xlsx/libreoffice.fods "$source"
office pdf not-xlsx/libreoffice.pdf "$source"
office html not-xlsx/libreoffice.html "$source"
pdftoppm -png -r 40 -singlefile "$lists/not-xlsx/libreoffice.pdf" "$lists/not-xlsx/picture"

/usr/bin/python3 workbooks.py "$lists"
office xlsx xlsx/formulas.xlsx "$lists/xlsx/formulas-without-values.xlsx"
office xlsx xlsx/libreoffice-filter.xlsx "$lists/xlsx/filter-by-company.xlsx"
office xlsx xlsx/libreoffice-hyperlinks.xlsx "$lists/xlsx/hyperlinks.xlsx"
office xlsx xlsx/libreoffice-values.xlsx "$lists/xlsx/values.xlsx"
office xlsx xlsx/libreoffice-rich-text.xlsx "$lists/xlsx/rich-text.xlsx"
