# What the policy shows: banner, Cookie Settings, the pages about it, and the mails.

# The footer.
foot-privacy = Privacy
foot-promises = Our promises
foot-terms = Terms
foot-about = About us
foot-contact = Contact
foot-cookies = Cookie Settings

# The banner.
banner-title = May we?
banner-words = Until you decide, both stay off.
banner-words-again = Something in them has changed since you last decided, so we ask you again. Until then both stay off.
banner-accept = Accept
banner-refuse = Refuse
banner-choose = Choose one by one
banner-save = Save my choice
banner-more = What these cookies are
banner-necessary = Necessary
banner-necessary-words = Always on: they keep you signed in and remember what you decided here and which country’s rules apply. Without them the site does not work.
banner-analytics = Analytics
banner-analytics-words = Shows us how the site is used, so that we find out what is hard to use and mend it.
banner-support = Support on public pages
banner-support-words = A messenger on the contact page, the page about us and the pages of the films, to ask us something on the spot.

# Cookie Settings.
cookies-title = Cookie Settings
cookies-lead = What your browser keeps for us, and what you have allowed. You can change it at any time, as often as you like.
cookies-analytics-on = Analytics is on.
cookies-analytics-off = Analytics is off.
cookies-support-on = The support messenger on public pages is on.
cookies-support-off = The support messenger on public pages is off.
cookies-undecided-off = You have not decided yet. Everything optional stays off until you do.
cookies-undecided-on = You have not decided yet. Where you are, optional tools are on until you turn them off.
cookies-decided = You decided this on { $date }.
cookies-withdraw = Withdraw everything optional
cookies-withdraw-words = One click: optional tools are off, what they stored in this browser is removed, and the next page loads without them.
cookies-withdrawn = Done. Everything optional is off, and what it had stored in this browser is removed.
cookies-saved = Your choice is saved.
cookies-choose = Choose one by one
cookies-gpc = Your browser sends the signal “Global Privacy Control”. We take it as a no to everything optional.
cookies-gpc-allowed = Your browser sends the signal “Global Privacy Control”. You have since decided expressly here, and that is what counts.
cookies-country-title = Where you are
cookies-country-ask = Your IP address points to this country: { $country }. There we ask before anything optional is loaded.
cookies-country-on = Your IP address points to this country: { $country }. There optional tools are on until you turn them off.
cookies-country-unknown = We cannot tell which country you are in. So we ask before anything optional is loaded.
cookies-country-words = The country is all we derive from your IP address. It is used only for this question and kept in a cookie for 24 hours.
cookies-receipts-title = Proof of your decision
cookies-receipts-words = We note what was decided, when, in which country and on which wording, so that it can be shown later. Not who you are.
cookies-receipt = The number of your decision: { $id }. With it you can ask us for the record.
cookies-receipt-none = There is no record yet, because you have not decided anything.
cookies-list-title = What is kept in your browser

# The privacy page.
privacy-title = Privacy
privacy-lead = What we do with your data, in plain words. It is not only a text: the program itself runs on it.
privacy-contents = Contents
privacy-effective = In force since { $date }
privacy-effective-until = In force from { $from } until { $until }
privacy-older-notice = This is an earlier version. It no longer applies.
privacy-later-notice = This version is not in force yet. It applies from { $date }.
privacy-to-current = Read the version in force
privacy-versions = Earlier versions
privacy-versions-none = There is no earlier version.
privacy-version = Version of { $date }
privacy-compare = Compare with the version of { $date }
privacy-compare-title = What has changed
privacy-compare-lead = The version of { $old } beside the version of { $new }.
privacy-compare-legend = How to read this
privacy-compare-added = Added
privacy-compare-removed = Removed
privacy-compare-same = The two versions say the same.
privacy-upcoming = From { $date } a new version of our privacy policy applies: { $summary }
privacy-upcoming-link = Read the new version
privacy-head-category = Kind of data
privacy-head-examples = Examples
privacy-head-purpose = What for
privacy-head-basis = Legal basis
privacy-head-processor = Provider
privacy-head-receives = Receives
privacy-head-where = Where
privacy-head-safeguard = Safeguard
privacy-head-agreement = Agreement
privacy-head-kept = Kept for
privacy-head-cookie = Cookie or storage
privacy-head-provider = Provider
privacy-head-class = Class
privacy-head-period = Kept for
privacy-head-subject = What
privacy-head-retained = How long
privacy-head-from = Counted from
privacy-controller-name = Controller
privacy-controller-email = E-mail
privacy-basis-contract = Contract (Art. 6(1)(b) GDPR)
privacy-basis-consent = Consent (Art. 6(1)(a) GDPR)
privacy-basis-legitimate-interests = Legitimate interests (Art. 6(1)(f) GDPR)
privacy-basis-legal-obligation = Legal obligation (Art. 6(1)(c) GDPR)
privacy-class-essential = Necessary
privacy-class-analytics = Analytics
privacy-class-support = Support
privacy-processors-none = This site has switched on no outside provider.
privacy-cookies-analytics-none = This site sets no analytics cookies at present.
privacy-cookies-support-none = This site sets no support cookies at present.
privacy-authority = Going by your IP address you are in this country: { $country }. The data-protection authority there is:
privacy-authority-unknown = We cannot tell which country you are in. You find your authority in this list:
privacy-not-sold = We do not sell your personal information.
privacy-not-sold-gpc = Your browser asks us not to sell or share your personal information. We do not sell it, and the signal counts as your no to everything optional, unless you have expressly decided otherwise with us since.
period-minutes = { $number ->
    [one] 1 minute
   *[other] { $number } minutes
 }
period-hours = { $number ->
    [one] 1 hour
   *[other] { $number } hours
 }
period-days = { $number ->
    [one] 1 day
   *[other] { $number } days
 }
period-weeks = { $number ->
    [one] 1 week
   *[other] { $number } weeks
 }
period-months = { $number ->
    [one] 1 month
   *[other] { $number } months
 }
period-years = { $number ->
    [one] 1 year
   *[other] { $number } years
 }
period-session = until the browser is closed
period-none = no expiry, until it is removed

# The promises.
promises-title = Our promises
promises-lead = A privacy policy is a promise. Here stands each of ours, with the check that showed last that we keep it. Nobody types these states in: they come from the tests of the running program.
promises-proven = Proven
promises-proven-words = A test has driven the running program and seen that the promise is kept.
promises-not-yet = Not yet
promises-not-yet-words = No test shows it yet. We would rather say so than claim it.
promises-head-promise = Promise
promises-head-state = State
promises-head-tests = Shown by
promises-head-when = When
promises-sum = { $proven } of { $all } promises are proven.
promises-wording = Each promise stands here in the very words that the tests go by.
promises-none = No results yet: on this site the tests have not been run. Until they have, no promise counts as proven.

# About us.
about-title = About Mini Studio
about-lead = We make small paper-theatre films in which a child you love plays the hero. And we think that the photo for it is nobody’s business but yours.
about-what-title = What this is
about-what-words = You pick a film, add one photo and a first name, and minutes later your family watches that film with your child on stage. Not a slide show and not a face stuck on a stranger’s body: a story with its own music, in which the hero turns their head, blinks and smiles, and in which the name is part of the scenery.
about-what-more = We made it for the evening when a small person says: that is me! Everything else here serves that moment, or protects it.
about-paper-title = How a film is made of paper
about-paper-words = Everything is cut paper on a small stage: layered sheets, soft shadows, edges you can see. The figures move on twos, as in old cartoons, a new picture for every second frame, so that they look moved by hand. A white rim of paper around the face makes a photo belong among the drawings.
about-paper-more = A film is a recipe. Each scene knows whether it needs the face, the name or neither. Scenes that need neither were made once for everybody; only the others are made for you. That is why you can start watching while the last scenes are still being cut, and why correcting a name is quick and costs nothing.
about-photo-title = What happens to a photo
about-photo-words = Step by step, and nothing else:
about-photo-step-1 = You affirm that you may use the photo. Before that, our program does not take it.
about-photo-step-2 = It comes to us over an encrypted connection and is opened in a locked room: a separate process that can reach no file, no network and no other program. Only clean picture points come out. Where and when the photo was taken stays behind and is thrown away.
about-photo-step-3 = A program looks for the face and tells you kindly if it is too small, too dark or turned away. If you think it is wrong, write to us, and a person answers.
about-photo-step-4 = The head is cut out, hair and all, as if with scissors, and gets its paper rim.
about-photo-step-5 = Photo and cut-out are locked with a key that belongs to your account alone, before anything is written to a disk.
about-photo-step-6 = The scenes with your child are made and locked in the same way. The photo is used for the films you order, and it trains no model: not ours, not anybody’s.
about-photo-step-7 = You delete it whenever you like. Deleted means deleted: the photo, the cut-out, and every copy made from it that is not your film. The film goes when you delete the film.
about-seen-title = Who can see it
about-seen-words = You, and whoever you show it to. No film is shown to others unless its family has allowed that in writing, and none of us can simply leaf through your photos: a look takes a reason and lasts an hour at most, we tell you by mail, and everything that was opened stands in your account. The person who runs the site sees that an order exists and whether it went well, not who is in it.
about-seen-more = If a site has switched on an outside service, to make films, to store them or to bring them to you, the privacy page names it, with exactly what it receives.
about-cost-title = What it costs
about-cost-words = Each film has a price, and you see it on the film’s page before you begin. You pay once: no subscription and nothing added at the till. You see real pictures of your film, with your child in it, before you pay.
about-cost-more = Watching and downloading are included, as often as you like, and a misspelt name is corrected for nothing. If we cannot make a film, your money comes back by itself.
about-run-title = Running it yourself
about-run-words = Mini Studio is free software under the MIT licence. If you would rather not trust us with a photo, you need not: run the theatre at home. It is one program and one command; it brings everything with it and needs an account with nobody. As long as you switch on no outside service, your photos never leave your own machine.
about-run-more = For a large site it is the same program, on many machines. And whoever would like to write a film needs no programming for it: a film is a folder with drawings and a text file.
about-kept-title = How we keep our promises
about-kept-words = Our privacy policy is not a text somewhere beside the program; it is a file that the program runs on. The table of cookies, the question on the banner, what may go to whom and how long something is kept: all of it comes from that file. What is not in it, the program does not do.
about-kept-more = And because promising is easy, tests drive the running program and look. Which promises they have seen kept, and which they cannot show yet, is open to everybody.
about-kept-link = See all promises and their state

# Contact.
contact-title = Write to us
contact-lead = With or without an account. A person reads what you write and answers by e-mail.
contact-email = Your e-mail address
contact-email-hint = For the answer, and for nothing else.
contact-kind = What is it about?
contact-kind-question = A question
contact-kind-order = An order
contact-kind-photo-deletion = Have a photo deleted
contact-kind-privacy = A privacy request
contact-kind-appeal = A photo was wrongly refused
contact-message = Your message
contact-message-hint = Up to 5,000 characters. Please send no photos and no card numbers; we never need them here.
contact-send = Send
contact-gdpr-hint = Requests about your data go first, with an answer within 30 days. If you would rather send a mail, write “GDPR Request” into the subject line.
contact-address = Or write to { $email }.
contact-sent-title = It has arrived
contact-sent-words = Thank you. A person reads your message and answers you as soon as possible, within 30 days at the latest. We confirm it by mail, unless many messages with your address came today.
contact-sent-priority-words = Thank you. Requests about your data go first: you have our answer within 30 days at the latest, or within 45 if you asked under Californian law. We confirm it by mail, unless many messages with your address came today.
contact-sent-back = To the front page
error-email-missing = Please write your e-mail address, so that we can answer you.
error-kind-missing = Please choose what it is about.
error-message-empty = Please write what we can do for you.
error-message-long = That is more than 5,000 characters. Please write it a little shorter.
error-too-many-enquiries = Many messages in a short time. What you sent before has arrived. Please try again in an hour, or tomorrow if that is still too soon.

# Terms.
terms-title = Terms
terms-lead = What you and we can expect of each other. As short as it can be, in words that need no lawyer.
terms-effective = In force since { $date }
terms-1-title = Who we are, and who may use this
terms-1-words = { $name } offers Mini Studio. It is for adults: parents, guardians, and whoever makes a film for a child with their permission. Children watch; they have no account and order nothing. Please give an e-mail address that is yours, and keep your way of signing in to yourself.
terms-2-title = What you order
terms-2-words = You order a film that we make for you from our story, your photo, the child’s name and the choices you make. Before you pay you see real pictures of it. The order is binding once you press the button to pay and the payment succeeds. Until then it is a draft that you can throw away.
terms-3-title = Price and paying
terms-3-words = The price on the film’s page and at the till is the whole price. You pay once for each film. Payment is handled by a payment service; your card number is never on our pages and never with us. If the till says that it is a test till, no money is taken.
terms-4-title = The photo and your permission
terms-4-words = Give us only a photo that you may use. With each photo of a child you affirm that you are the child’s parent or legal guardian, or that you have the permissions needed to use the child’s likeness for this film. If a photo is refused, we tell you why, and on your request a person looks into it.
terms-5-title = The film is for your family
terms-5-words = Your film is yours for private use: watch it, download it, keep it, show it, and give it to family and friends, with no limit in time. The story, the drawings and the music in it still belong to those who made them. Showing it publicly for money, selling it or advertising with it needs our permission first. The likeness of your child is not ours, and we claim no right to it beyond making your film.
terms-6-title = No advertising with your child
terms-6-words = We never use a photo, a likeness or a film of yours to promote anything, unless you have agreed to it expressly and in writing.
terms-7-title = If a film cannot be made
terms-7-words = If we cannot make a film you have paid for, you get the whole price back, by the way you paid and without having to ask. If something is wrong with a finished film, tell us: we make it again or, if that does not help, give the money back. A misspelt name you correct yourself, for nothing.
terms-gift-title = Gift passes
terms-gift-words = A gift pass is a code that pays for one film, whatever that film costs then: the film that stands on it or, if none does, any film. You pay for it once, when you buy it. It is good until the end of the year in which { $years } whole years have passed after the year of purchase; the last day stands on the card. After that it pays for nothing, and no money is given back for it. As long as it is not used, whoever bought it can give it back within { $days } days, without a reason, and gets the whole price back; after that it is not exchanged for money. Whoever has the code can use it, once, so please keep it like money. If we cannot make a film that was paid with a pass, the pass is good again, with the same code, for { $again } days at least. It stays good when the account of whoever bought it is deleted. A pass that we give out for nothing is good as long as it says, and pays for a film only.
terms-8-title = Deleting
terms-8-words = You can delete photos, names and films in your library at any time. A deleted film cannot be brought back, so download what you want to keep. You can delete your account whenever you like; for 30 days you can still change your mind, and then everything in it is permanently deleted. The law makes us keep transaction records for up to 7 years.
terms-9-title = What you may not do
terms-9-words = Do not use pictures of people who have not agreed, or whose guardians have not. Do not make anything that hurts, mocks or endangers somebody. Do not try to reach other people’s data, get round our protections or overload the service. If somebody does so, we may refuse an order or close an account. We say why, and a person hears your answer.
terms-10-title = When it is there
terms-10-words = We want the theatre to be open day and night, but we cannot promise that it never closes. Sometimes something breaks, sometimes we have to work on it. Orders and films survive that and go on by themselves. If we should ever stop for good, we tell you early enough to download your films.
terms-11-title = What we answer for
terms-11-words = We answer without limit for harm that we cause on purpose or by gross negligence, for harm to life, body and health, and wherever the law allows no limit. For ordinary carelessness we answer only if we break a duty on which the contract rests, and then for the damage that could typically be foreseen. For the rest we are not liable.
terms-12-title = When these terms change
terms-12-words = If we change these terms, we post the new ones here with their date before they apply, and tell everybody who has an account by mail. What you ordered before stays under the terms you ordered it with. If you do not like the new ones, you can delete your account at any time.
terms-13-title = The law, and your rights as a consumer
terms-13-words = Whatever the law of the place where you live gives you as a consumer is yours, including rights to withdraw from a contract or to have faults put right. Nothing on this page takes any of it away, and you can go to the courts there. Only where no such rule applies does the law at our own seat count. If one clause should not hold, the others still do.
terms-14-title = Talk to us
terms-14-words = If something is unclear or has gone wrong, write to { $email }. Most things are settled faster by a friendly mail than by any clause. What we do with your data stands on the privacy page.

# The desk, and words of the tables.
desk-enquiries = Enquiries
desk-enquiry-first = Goes first
desk-enquiry-due = Answer due by
desk-enquiry-overdue = Overdue
desk-enquiry-close = Close without another answer
desk-processing = Record of processing
desk-usage = How the site was used, last 30 days
desk-usage-words = Sums only, of visitors whose settings allow it; below ten nothing is shown.
privacy-authorities = All authorities
privacy-safeguard-clauses = Standard Contractual Clauses
privacy-safeguard-adequacy = Adequacy decision
privacy-safeguard-within = No transfer outside the EEA and the UK
privacy-from-account-deleted = deleting the account
privacy-from-created = when it came to be
privacy-from-last-used = last use
privacy-from-expired = when it ceased to be valid
privacy-from-paid = payment
privacy-from-closed = when it was answered
privacy-from-last-interaction = last interaction or unsubscribing
erase-title = Erasures
erase-child = A child’s data without consent
erase-child-words = When you have been told credibly that an account holds a child’s data which nobody was entitled to give: it goes at once, without the days of grace, here and at every provider. This cannot be undone.
erase-sure = I have checked the report. Erase this account now.
erase-sure-missing = Please confirm that you have checked the report.
erase-nobody = There is no account with this address. Nothing was erased.
erase-button = Erase now
erase-done = The account is erased. The ledger shows it.
erase-begun = The erasure is begun. What a provider still has is asked for until it is gone; the ledger shows it.
erase-ledger = Ledger
erase-asked = Begun
erase-why = Why
erase-finished = Finished
erase-rows = Rows
erase-objects = Objects
erase-reason-owner = Asked for by the owner
erase-reason-child = A child’s data without consent
erase-unfinished = Not yet: it is taken up again by itself
campaign-title = Campaigns
campaign-words = A campaign goes to everybody who may get it by the law of their country and their own choice, and to nobody else; below you can choose a part of them. Nobody gets more than one such mail a week.
campaign-kind = Kind
campaign-subject = Subject
campaign-text = Text
campaign-button = Save, without sending
campaign-begun = The campaign has begun.
campaign-sent = Sent
campaign-list = What there is
campaign-new = A new campaign
campaign-state = State
campaign-draft = Being written
campaign-sending = Going out
campaign-paused = Held up
campaign-done = Over
campaign-stopped = Stopped
campaign-opened = Opened
campaign-clicked = Followed
campaign-unsubscribed = Unsubscribed
campaign-figures-words = Opening and following is counted only of those who agreed to such mail, not of customers who were told of similar films.
campaign-link = Page of this site that the button leads to
campaign-link-words = Its path, such as /films. Without one there is no button.
campaign-whom = To whom
campaign-all = does not matter
campaign-language = Language
campaign-bought = Bought a film
campaign-bought-yes = yes
campaign-bought-no = never
campaign-film = Bought this film
campaign-quiet = Not here for so many days
campaign-pace = Mails an hour
campaign-pace-words = It goes out at this pace, by day where each reader is. After seven days it is over, as soon as nobody waits for their turn.
campaign-reach = It would reach { $number } people at this moment.
campaign-night = Where it is night, it waits for the morning.
campaign-preview = As its readers see it
campaign-test = Send it to myself
campaign-start = Begin sending
campaign-pause = Hold it up
campaign-resume = Let it go on
campaign-stop = Stop it for good
campaign-discard = Throw it away
campaign-written = It is saved. Nothing was sent.
campaign-tested = A copy in each language is on its way to you.
campaign-changed = That is done.
