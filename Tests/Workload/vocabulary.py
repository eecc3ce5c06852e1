"""What people write: words of four languages, drawn as often as people use them."""

import itertools
import random

COMMON = {
    "en": """the I you to a it and is that of in for on have not with be this are just but so what was my
      we do me at can if like get know no your will all think about as good up out when now how time there
      really going some yeah one want see go then would here from or got too need they back more thanks
      make well today could sure still something tomorrow say right tell work him her us by week sorry day
      home look why later maybe been people who much okay thing after come where an should feel long
      only before being over into night again were had very new way better call take great them always
      never off also our morning please next already did any because which doing every than those does
      he she two first last even may nothing done phone message picture meeting around weekend train
      dinner lunch coffee house school friend mum dad kids car bike rain sun music film book server
      update version account password file upload backup room group chat wait hope left right nice cool
      don't it's I'm that's can't you're didn't what's isn't won't there's let's we're I'll I've""",
    "de": """ich du das ist nicht und die der es ja wir in zu auch ein so mal aber noch mir hab was mit
      auf dann wie schon für den dir wenn nur war bin hast kann gut heute oder da morgen jetzt eine von
      mich immer sehr sind habe doch hier geht alles gerade wieder nein danke dich bei aus er sie wird
      dass machen mehr nach am um uhr muss gibt vielleicht warum haben zum einfach einen klar bis
      später gleich bitte erst würde weil nichts über genau etwas kein eben arbeit wohl vor zeit wo
      abend essen hause woche schön gerne liebe grüße nachricht bild termin zug regen schule""",
    "es": """que de no a la el y en es un por lo me con una te los se para como mi si ya pero más bien
      hola muy todo esta las está eso ahora qué hoy mañana gracias también cuando vale sí tengo aquí
      porque así estoy creo puede vamos casa bueno nada voy luego día tiempo trabajo noche semana
      siempre algo hacer donde estamos mensaje foto tarde comer amigo favor""",
    "fr": """je de est pas le la tu et à que les en un ça on il pour une mais ce moi suis bien plus avec
      me dans va oui si c'est te j'ai tout qui sur fait non des au merci alors demain quand là aussi
      ne faire très être peut comme toi vous nous soir aujourd'hui encore bonne après sais rien maison
      travail temps toujours message photo train matin semaine peu ici""",
}
WEIGHTS = {"en": 58, "de": 22, "es": 10, "fr": 10}
SYLLABLES = """al an ar ber bra chi cor dan del den di do el en er es fen fil gan ger gra hal her il in
  ja ka kor la len lin lo mar mel men mi mor na ne nor ol or pa pel per pli qua ra ren ri ro sal sen ser
  si so stra ta tel ter ti to tra ul un va ven ver vi vo wen wi za zel tion heit keit ung ment ado able""".split()
EMOJI = ["👍", "😂", "❤️", "🙂", "🎉", "😅", "🤔", "👀", "😢", "🔥", "🙏", "☕"]

GIVEN = """Aisha Albert Alma Anton Arun Beate Bilal Cecilia Clemens Dario Dagmar Edith Emre Fabian Farah
  Gabriel Giulia Henrik Hilde Ilse Imran Jasmin Joachim Karim Katrin Leila Leon Lotte Malik Marta Matteo
  Mina Nadia Niklas Oskar Ottilie Paula Piotr Rachel Ramon Ruth Samir Selma Stefan Tara Theo Ulrike
  Valentin Wanja Yara Zeynep Zora""".split()
FAMILY = """Abel Aydin Baumann Beck Bruno Castillo Conrad Demir Dietrich Engel Fuchs Gallo Graf Hahn
  Haas Iversen Jung Kaplan Kaya Krause Lindgren Lorenz Marino Maurer Nilsson Nowak Otto Pohl Quinn Reiter
  Romano Sahin Seidel Silva Stein Thoma Urban Vega Voss Walter Winter Yildiz Ziegler Zimmer""".split()
TOWNS = """Berlin Bremen Dresden Freiburg Graz Hamburg Köln Leipzig Linz Lyon Madrid Malmö Milano München
  Nantes Porto Rostock Sevilla Utrecht Warszawa Wien Zürich""".split()
COUNTRIES = ["DE", "AT", "CH", "FR", "ES", "IT", "NL", "PL", "PT", "SE"]
# Addresses that try the rules: folding to one upload directory, escapes, letters outside ASCII.
AWKWARD = ["zoë", "ana+work", "ana_work", "d\\27amico", "李雷", "al_ce", "alace"]
ELSEWHERE = """jabber.example.net conversations.example disroot.example xmpp.example.com im.example.edu
  chat.example.eu yax.example trashserver.example magicbroccoli.example suchat.example""".split()
CLIENTS = ["Conversations.", "gajim.", "dino.", "Monal-iOS.", "movim.", "Cheogram.", "siskin-", "converse.js-",
           "Psi+.", "profanity.", "Blabber.im.", "Kaidan."]
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def harmonic(count, offset, exponent):
    """Running sums of weights that fall with the rank, for random.choices and bisect."""
    return list(itertools.accumulate((rank + offset) ** -exponent for rank in range(count)))


class Vocabulary:
    """Words of each language: the common ones, then a long tail of coined ones."""

    def __init__(self, tail=9000, seed=""):
        self.words, self.weights = {}, {}
        for language in COMMON:
            draw = random.Random(f"vocabulary {language}{seed}")
            words = dict.fromkeys(COMMON[language].split())
            wanted = len(words) + tail
            while len(words) < wanted:
                words["".join(draw.choices(SYLLABLES, k=draw.choice((2, 2, 3, 3, 4))))] = None
            self.words[language] = list(words)
            self.weights[language] = harmonic(wanted, 3.1, 1.15)

    def text(self, draw, language, count):
        """So many words, drawn by how common they are."""
        return " ".join(draw.choices(self.words[language], cum_weights=self.weights[language], k=count))

    def title(self, draw, language, count):
        """A few rarer words, the first in capitals."""
        return " ".join(draw.choices(self.words[language][40:900], k=count)).capitalize()


def language_of(draw):
    """The language of one person."""
    return draw.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]


def node_names(draw, count):
    """So many different local parts, the awkward ones among the first."""
    names = dict.fromkeys(["admin"] + AWKWARD[: max(0, count - 2)])
    while len(names) < count:
        names.setdefault(node_name(draw))
    return list(names)[:count]


def node_name(draw):
    """One local part in a form that people choose."""
    given, family = draw.choice(GIVEN).lower(), draw.choice(FAMILY).lower()
    number = draw.randrange(10000)
    return draw.choice((
        f"{given}.{family}", f"{given}.{family}{number % 100}", f"{given}{number}", f"{given[0]}{family}{number % 1000}",
        f"{given}_{family}", f"{family}-{given[:2]}{number % 50}", f"{given}.{family}.{number}",
    ))
