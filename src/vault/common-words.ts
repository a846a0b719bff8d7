// What people take as a password, or put digits and a sign around: words, names, teams, and the rows of the keyboard.
// Short on purpose: rules (password.ts) multiply it with digits, signs, capitals, letters written as digits, and pairs.

/** Lower case, letters only. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  `
  password passwort passwd passw passwor passphrase motdepasse contrasena senha parola wordpass drowssap geheim
  secret private access admin administrator root user guest login logon master manager default changeme temp test
  tester testing welcome hello letmein letme open openup sesame enter please trustno nothing something anything
  whatever security secure system server service support computer internet online network office windows microsoft
  google apple android facebook twitter youtube amazon samsung iphone nokia motorola logitech toshiba compaq lenovo
  bitcoin satoshi satoshis nakamoto crypto cryptocurrency wallet lightning blockchain hodl tothemoon lambo ethereum
  dogecoin litecoin skiff ark money million millionaire dollar rich bank cash coin coins gold silver platinum diamond
  love lovely lover lovers loveme loveyou iloveyou iloveu ilove mylove forever always baby babygirl babe honey sweet
  sweetie sweety sweetheart darling kiss kissme princess prince king queen angel angels heaven jesus christ god
  blessed faith hope peace freedom liberty justice spirit power energy magic wizard dragon dragons phoenix tiger
  tigers lion eagle eagles falcon hawk wolf wolves wolfpack bear bears bulldog bulldogs panther panthers cat cats
  kitty kitten dog dogs doggie puppy horse horses monkey donkey elephant dolphin dolphins shark sharks turtle
  butterfly spider scorpion cobra viper snake rabbit bunny chicken turkey penguin beaver badger mustang mustangs
  sunshine sun sunset sunrise sunny rainbow moon moonlight star stars starlight sky bluesky ocean beach island river
  mountain forest flower flowers rose garden nature summer winter spring autumn snow snowball snowman storm thunder
  rain water fire firefly fireball earth january february march april may june july august september october november
  december monday tuesday wednesday thursday friday saturday sunday today tomorrow birthday holiday christmas family
  mother father mommy daddy mama papa brother sister friend friends bestfriend boy girl girls lady woman black white
  blue green yellow orange purple pink red brown chocolate cookie cookies candy sugar honeybee cheese pepper pizza
  banana bananas apples cherry peach peaches coffee icecream popcorn cocacola pepsi
  football baseball basketball soccer hockey tennis golf golfer softball volleyball swimming running racing cricket
  rugby karate player winner champion champions yankees cowboys lakers steelers packers raiders redskins chargers
  broncos giants bulls chelsea arsenal liverpool everton barcelona realmadrid juventus manchester united manutd
  bayern schalke dortmund celtic rangers galatasaray fenerbahce besiktas benfica corinthians flamengo boca river
  ferrari porsche mercedes corvette camaro yamaha suzuki kawasaki honda toyota harley ducati jordan ronaldo messi
  batman superman spiderman wolverine ironman avengers marvel starwars startrek jedi yoda skywalker matrix gandalf
  legolas frodo hobbit harrypotter hogwarts pokemon pikachu naruto sasuke goku nintendo playstation xbox minecraft
  fortnite warcraft starcraft counterstrike diablo zelda mario sonic simpsons snoopy garfield mickey mickeymouse
  metallica slipknot nirvana eminem beatles greenday linkinpark blink rockstar music guitar drummer dancer hiphop
  michael jennifer jessica michelle ashley amanda nicole daniel danielle matthew joshua andrew anthony william robert
  thomas charlie charles george jonathan christian christopher alexander alexandra alexandre alejandro elizabeth
  stephanie samantha victoria vanessa veronica natasha natalie melissa rebecca rachel jasmine heather benjamin nicholas
  patrick richard edward steven brandon justin martin carlos antonio fernando roberto eduardo francisco sebastian
  vladimir sergey dmitry svetlana ekaterina marina andrea claudia francesco giovanni valentina mohammed muhammad ahmed
  ali fatima hannah sophie olivia emily oliver oscar jack jackson johnson smith williams brown jones taylor
  america american canada london paris berlin newyork chicago boston dallas texas california florida washington
  australia england scotland ireland germany deutschland france italia italy spain espana portugal brasil brazil
  mexico russia china india pakistan indonesia philippines japan tokyo istanbul turkiye
  hunter killer ninja samurai pirate warrior soldier army marine marines police fireman ranger rangers maverick
  shadow ghost zombie vampire devil hell hellfire darkness darkside midnight black assassin sniper hacker genius
  monster legend hero super superstar batista undertaker fuck fucker fuckyou fuckoff fuckme asshole bitch shit
  bullshit pussy sexy sex porn dick cock hardcore boobs playboy
  qwerty qwertz azerty asdf asdfg asdfgh asdfghjk zxcvbn zxcvbnm qazwsx qwer qwert qwe asd zxc abc abcd abcde abcdef
  `
    .trim()
    .split(/\s+/),
);
