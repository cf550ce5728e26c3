package judge_test

import (
	"strings"
	"testing"

	"guestlist/batch"
	"guestlist/batch/judge"
	"guestlist/internal/assert"
)

// A domain whose ending does not exist, or that is nearly a provider's, is likely a typo; the
// domains of real companies, schools and providers are none, whatever they end in.
func TestTyposOfDomains(t *testing.T) {
	said := func(domain string) string {
		j := judge.Row(header, defaults, cells(map[batch.Field]string{batch.Email: "anna@" + domain}))
		if len(j.Problems) > 0 || len(j.Warnings) > 1 {
			t.Fatalf("%s: %v, %v", domain, j.Problems, j.Warnings)
		}
		if len(j.Warnings) == 0 {
			return ""
		}
		return j.Warnings[0].What + "; " + j.Warnings[0].Advice
	}
	for domain, meant := range map[string]string{
		"gmail.co": "gmail.com", "gmail.cm": "gmail.com", "GMail.com.example": "", "hotmail.co": "hotmail.com", "gmx.ne": "gmx.net",
		"loew.con": "loew.com", "loew.comm": "loew.com", "loew.ocm": "loew.com", "mueller-ag.exmaple": "mueller-ag.example", "northwind.nte": "northwind.net",
		"northwind.ogr": "northwind.org", "gmial.con": "gmail.com", "müller.dee": "müller.de",
	} {
		want := ""
		if meant != "" {
			want = "has a domain that is a likely typo of " + meant + "; If so, write anna@" + meant + "."
		}
		assert.Equal(t, domain, said(domain), want)
	}
	assert.Equal(t, "no ending", said("northwind.abcdef"), "has a domain that ends in .abcdef, which is no known ending of domains; Correct the domain if this is a typo.")
	for domain := range strings.FieldsSeq(`google.co.uk bancolombia.com.co platzi.co t.co x.ai hyro.ai nic.io bmw.de bmw.at telekom.de sap.com
		siemens-energy.com uni-koeln.de tuwien.ac.at ethz.ch epfl.ch lse.ac.uk u-tokyo.ac.jp unam.mx iitb.ac.in csiro.au govt.nz gov.uk europa.eu nato.int
		bosch.com.br mapfre.com carrefour.fr enel.it telefonica.es kone.fi volvo.se novonordisk.dk equinor.no orlen.pl skoda-auto.cz mol.hu hp.ro
		yandex.ru rozetka.com.ua naver.com samsung.co.kr alibaba-inc.com baidu.cn foxconn.com.tw grab.sg petronas.com.my pertamina.co.id vingroup.net.vn
		mtn.co.za safaricom.co.ke dangote.ng adnoc.ae aramco.com.sa zain.kw koc.com.tr teva.co.il cemex.cl pdvsa.ve ypf.com.ar bhp.com.au xero.nz
		abbott.health brand.google jobs.barclays deutsche.bank agentur.berlin firma.hamburg muenchen.bayern verein.koeln kanzlei.legal
		studio.photography team.consulting startup.tech shop.app blog.dev law.pro art.museum airline.aero bank.coop site.travel
		yahoo.co.jp yahoo.co outlook.dk hotmail.co.uk live.nl gmx.at web.de proton.me icloud.com mail.com email.com ymail.com
		пример.рф münchen.de bücher.example 例子.中国 northwind.test`) {
		assert.Equal(t, domain, said(domain), "")
	}
}

// A domain of a row or two that is nearly a frequent one of the list is likely a typo of it.
func TestTyposOfFrequentDomains(t *testing.T) {
	rows := map[string]int{"fabrikam.com": 12, "northwind-traders.com": 40, "gmail.com": 30, "wingtip.co.uk": 6, "tu-berlin.de": 9, "branch1.com": 8, "contoso.com": 4}
	typos := map[string]string{
		"fabrikan.com": "fabrikam.com", "fabirkam.com": "fabrikam.com", "northwind-trader.com": "northwind-traders.com",
		"wingtp.co.uk": "wingtip.co.uk", "northwind-traders.co": "northwind-traders.com", "fabrikam.cm": "fabrikam.com",
	}
	for domain := range typos {
		rows[domain] = 2
	}
	for _, none := range []string{
		"wingtip.co", "fabrikam.cz", "fabrikam.com.au", "us.fabrikam.com", "ymail.com", "email.com", "hu-berlin.de", "branch2.com", "contosa.com", "litware.com",
	} {
		rows[none] = 1
	}
	rows["fabrikamm.com"] = 3 // too many for a typo
	assert.Equal(t, "typos", judge.LikelyTypos(rows), typos)
}
