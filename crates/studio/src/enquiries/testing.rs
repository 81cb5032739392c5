//! Cases for the tests of the rules.

use super::{EnquiryId, Inbound};
use crate::db::testing::Kit;
use crate::mail::Letter;

/// A case from an address, by a mail with a file (`ticket.pdf`, nine bytes).
pub(crate) async fn with_file(kit: &Kit, from: &str, id: &str) -> EnquiryId {
    let mail = format!(
        "From: {from}\nMessage-ID: <{id}@example.org>\nSubject: A file\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=\"part\"\n\n--part\nContent-Type: text/plain\n\nSee this.\n\
         --part\nContent-Type: application/pdf\n\
         Content-Disposition: attachment; filename=\"ticket.pdf\"\n\
         Content-Transfer-Encoding: base64\n\nJVBERi0xLjcK\n--part--\n"
    );
    let mail = mail.replace('\n', "\r\n");
    let Inbound::Taken(case) = kit.studio.enquiries().receive(mail.as_bytes()).await.unwrap() else {
        panic!("{from} has no case")
    };
    case
}

/// The owner of a case's address is asked whether it is theirs, and says so.
pub(crate) async fn confirm(kit: &Kit, case: &EnquiryId) {
    let enquiries = kit.studio.enquiries();
    enquiries.ask_whose(&kit.operator(), case).await.unwrap();
    enquiries.confirm(&token(&letters(kit, "enquiry-whose").await[0].text)).await.unwrap();
}

/// The token of the link in a mail that asks whose an address is.
pub(crate) fn token(text: &str) -> String {
    let (_, rest) = text.split_once("/contact/confirm/").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

/// The mails of a kind that were written, newest first.
pub(crate) async fn letters(kit: &Kit, kind: &str) -> Vec<Letter> {
    let mails = kit.studio.mail().list(50).await.unwrap();
    mails.into_iter().filter(|mail| mail.kind == kind).map(|mail| mail.letter).collect()
}
