"""What the corpus says that we do not compare, each with its reason; see `tests.support.corpus.Book`."""

from __future__ import annotations

from tests.support.corpus import Book

MEMBERS = {
    "amsreader_decodes": "says that another program fails, not what the octets say",
    "checks.segments": "takes a frame whose length is sent modulo 256 for a broken one, which it is not",
    "checks.checksum_ok": "takes a frame whose length is sent modulo 256 for a broken one, which it is not",
    "golden_filter": "says which test list of another program the case comes from",
    "list_type": "says how another program classes the list",
    "quirk": "says in words what is odd; that it decodes nevertheless is what the other members show",
    "meaning": "says in words what the values are for",
    "corrupt_or_suspect": "says that a human doubts the capture",
    "received": "says when the capture was taken",
    "related_clean_case": "names another case",
    "decoded.meter_manufacturer": "stands nowhere in the octets; the source knows it from the shape of the list",
    "llc": "was taken off the octets by the source",
    "checks.gurux_xml": "names a file that is not part of the corpus",
    "checks.gurux": "says in words what another library made of it",
    "checks.gurux_error": "says why another library failed",
    "checks.dlms_cosem_error": "says why another library failed",
    "checks.extract_error": "says why the tool that made the corpus failed",
    "aad_form": "says which of two readings of the standard the source follows",
    "signing_form": "says which of two readings of the standard the source follows",
    "alarm": "is what the operator calls the event",
    "trigger": "says what made the meter send it",
    "plain_xml_published": "tells of another message",
    "template": "is what the buffer is read with",
    "server": "says which program sent it",
    "note": "says in words what it is",
    "asn1_dump_of_source": "is the output of a program for people to read",
}

_ROUNDED = "is rounded by the source to hundredths of an ampere"
_ONE_SHORT = "stands behind lengths that are one too small; decode says that an octet is left over"

FACTS: dict[tuple[str, str], str] = {
    ("ams-kaifa-gh242-2", "current_A"): _ROUNDED,
    ("ams-kaifa-gh242-3", "current_A"): _ROUNDED,
    ("ams-landis-gyr-em-ct623-2", "ciphered"): "is known from the frame before; this one alone does not say it",
    (
        "u9n-lte-cell",
        "remaining_bytes_after_limit_1",
    ): "leaves out the 00 before the second value, which is left as well",
    ("jdlms-i-aare-sn", "conformance"): _ONE_SHORT,
    ("jdlms-i-aare-sn", "max_pdu"): _ONE_SHORT,
    ("jdlms-i-aare-sn", "vaa"): _ONE_SHORT,
}

CASES: dict[str, str] = {
    "ams-iskraemeco-gh1072-2": "the end of one frame and the beginning of the next stand in the middle of the data",
    "ams-kaifa-gh539-2": "the second of two segments, alone: it is known from the first that it is ciphered",
    "ams-kaifa-gh986-1": "octets are lost and doubled, and the tag that says it is ciphered is gone",
    "amshan-hdlc-stuffed-info": "octet stuffing, which HDLC frames of format type 3 do not have",
    "gocosem-aareapdu-for-hdlc-meter": "the source calls it AARE, and it is an AARQ",
    "gxt-hand-09-SetRequestWithFirstDatablock": "the translator shows the attribute twice",
    "gxt-access-response-echo": "the translator shows one result of three, and counts one",
    "gxt-set-selective": "the translator takes the selector for the value",
    "gxt-initiate-no-response": "the translator takes response-allowed for the quality of service",
}

# Cases of which the Gurux translator shows a part only: what it shows is compared, in order.
LEFT_OUT: dict[str, str] = {
    "gxt-hand-07-GetResponseWithList": "a refusal in a list",
    "gxt-get-list-error": "a refusal in a list",
    "gxt-action-list": "methods and parameters",
    "gxt-set-first-selective": "everything behind the invoke-id",
    "gxt-set-list-selective": "the selection",
    "gxt-set-list-first-datablock": "everything behind the invoke-id",
}

BOOK = Book(MEMBERS, FACTS, CASES)
