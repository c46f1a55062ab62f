"""The names of columns, in any spelling: `Phone Number`, `phone-number` and `PhoneNumber` are the same name."""

from __future__ import annotations

import unicodedata

NUMBER = frozenset(
    {
        "number",
        "numbers",
        "phone",
        "phones",
        "phonenumber",
        "phonenumbers",
        "phoneno",
        "phonenum",
        "phonenr",
        "phonee164",
        "e164",
        "e164number",
        "msisdn",
        "msisdns",
        "mobile",
        "mobiles",
        "mobilenumber",
        "mobileno",
        "mobilephone",
        "mobilephonenumber",
        "cell",
        "cellphone",
        "cellnumber",
        "cellphonenumber",
        "tel",
        "telno",
        "telephone",
        "telephonenumber",
        "telephoneno",
        "did",
        "dids",
        "didnumber",
        "tn",
        "tns",
        "ani",
        "longcode",
        "longcodes",
        "10dlcnumber",
        "10dlc",
        "virtualnumber",
        "vonagenumber",
        "contactnumber",
        "contactphone",
        "primaryphone",
        "workphone",
        "phone1",
        "to",
        "recipient",
        "telefon",
        "telefonnummer",
        "rufnummer",
        "handy",
        "handynummer",
        "mobilnummer",
        "nummer",
        "telefono",
        "movil",
        "celular",
        "numero",
        "numerodetelefono",
        "numerodetelephone",
        "telephonemobile",
        "portable",
    }
)
"""Names of columns of phone numbers, in English and a few other languages."""

BRAND = frozenset({"brandid", "brand"})
CAMPAIGN = frozenset({"campaignid", "campaign"})
COUNTRY = frozenset({"country", "countrycode", "countryiso", "iso2"})


def simple_name(name: object) -> str:
    """A name in lower case, without accents, blanks and punctuation."""
    text = unicodedata.normalize("NFKD", str(name) if name is not None else "")
    return "".join(char for char in text.lower() if char.isalnum() and not unicodedata.combining(char))
