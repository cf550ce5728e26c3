package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// xmlPart reads the tokens of a part, strictly and in bounded memory. Unlike
// excelize it stops at the first byte that is not well-formed XML.
type xmlPart struct {
	file   io.ReadCloser
	held   *leash
	tokens *xml.Decoder
}

// openXML opens a part. The caller must close it.
func openXML(part *zip.File) (*xmlPart, error) {
	file, err := part.Open()
	if err != nil {
		return nil, err
	}
	held := &leash{r: file, left: leashSize}
	return &xmlPart{file: file, held: held, tokens: xml.NewDecoder(held)}, nil
}

func (x *xmlPart) close() { _ = x.file.Close() }

// next returns the next element that opens or closes, nil at the end of the part.
func (x *xmlPart) next() (xml.Token, error) {
	for {
		token, err := x.tokens.Token()
		if errors.Is(err, io.EOF) {
			return nil, nil //nolint:nilnil // a nil token is the end, as the comment says
		}
		if err != nil {
			return nil, err
		}
		switch token.(type) {
		case xml.StartElement, xml.EndElement:
			return token, nil
		}
	}
}

// inside calls visit for each element directly inside the one that was just
// opened; visit must read it to its end.
func (x *xmlPart) inside(visit func(xml.StartElement) error) error {
	for {
		token, err := x.next()
		if err != nil {
			return err
		}
		start, opens := token.(xml.StartElement)
		if !opens {
			return nil
		}
		if err := visit(start); err != nil {
			return err
		}
	}
}

// text reads the text of the element that was just opened, without that of the
// elements in it.
func (x *xmlPart) text() (string, error) {
	var text strings.Builder
	for {
		token, err := x.tokens.Token()
		if err != nil {
			return "", err
		}
		switch token := token.(type) {
		case xml.CharData:
			_, _ = text.Write(token)
		case xml.StartElement:
			if err := x.tokens.Skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return text.String(), nil
		}
	}
}

// richText reads the text of a string item that was just opened, <si> or <is>:
// its runs joined, without phonetic hints.
func (x *xmlPart) richText() (string, error) {
	var text strings.Builder
	add := func() error {
		piece, err := x.text()
		_, _ = text.WriteString(piece)
		return err
	}
	err := x.inside(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "t":
			return add()
		case "r":
			return x.inside(func(e xml.StartElement) error {
				if e.Name.Local == "t" {
					return add()
				}
				return x.tokens.Skip()
			})
		}
		return x.tokens.Skip()
	})
	return text.String(), err
}
