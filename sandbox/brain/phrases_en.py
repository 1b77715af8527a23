"""English words that shape a question (as opposed to naming data), one kind a line: `kind:data = phrase | phrase`."""

PHRASES = """
fill =
    - | / | the | s | either | please | me | us | my | our | their | its | his | her | there | do | does | did |
    will | would | should | could | can | you | i | it | they | we | this | these | those | them | also | as well |
    currently | overall | altogether | kindly | up | hey | hello | hi | ok | so | then | 's | just | exactly |
    respective | respectively | corresponding | given | together | here | of them | want to know | want | need |
    would like | like to know | like to see | to know | get | data | dataset | database | record | records | row |
    rows | table | tables | information | info | details | result | results | some | any | such | amongst |
    in the database | in our database | in the data | on file | into | out | per se | thereof | among | across |
    within | within each | a | an | how | now | about | entry | entries | value of | values of | which one |
    which ones | the one | the ones | one of the | in the world | around the world | in the whole world | worldwide |
    each time | every time | so far | to date | in existence | still | good morning | good afternoon |
    good evening | thanks | thank you | thanks in advance | thank you in advance | may i | might | i am | i m |
    wondering | i was wondering | looking for | curious to know | do you know | do you happen to know |
    would you mind | let me know | is it possible to | would it be possible to | if possible | be so kind as to
ask =
    what | which | who | whom | show | show me | list | list out | give | give me | find | find out | return |
    display | get me | tell me | tell | what about | how about | i want | i need | look up | select | fetch |
    report | provide | print | name the | retrieve | what is the name of | enumerate | calculate | compute |
    determine
of =
    of | for | on | that is of
source =
    came from | comes from | come from | coming from | is from | was from | was produced by | is produced by
in =
    in | during | over the | throughout | over the course of | during the | within the | from | at | to | inside |
    located in | based in | situated in | are in | belonging to | belong to | belongs to | under | living in |
    live in | lives in | that are in | made in | produced in | for
with =
    with | have | has | had | having | who have | who has | that have | that has | that had | which have |
    which has | which had | who had | contain | contains | containing | including | include | includes | there are |
    there is | there were | of having | carry | carrying | possess | owning | own | owns | owned by | who own |
    with a value of
be =
    as | as a | as an | as their | is | are | was | were | be | been | equal to | equals | equal | = | being |
    become | became | becomes | considered | considered as | regarded as | ended up | ended up being | happen to be |
    called | named | worth | of exactly | at exactly | exactly equal to
and =
    and | & | + | as well as | along with | together with | and also | in addition to | and the
or =
    or
sep =
    , | ;
end =
    ? | . | ! | : | ( | )
per =
    by | per | each | for each | for every | every | in each | of each | from each | grouped by | group by |
    broken down by | split by | by each | for each of | for all the different | according to | depending on |
    breakdown by | on each | at each | per each | with each | in every | within every
that =
    that | who | which | where | whose | in which | for which | when | whom | of which | in whose
wh:when =
    at what time | at which time | on what date | on which date | on what day | at what moment
not:verb =
    do not | does not | did not | have not | has not | are not | is not | were not | was not
comp:> =
    greater | larger | higher | bigger | more
comp:< =
    smaller | lower | fewer | less
than =
    than
not =
    not | except | excluding | excluding those in | other than | apart from | except for | besides | outside |
    outside of | is not | are not | was not | were not | but not | not in | are not in | is not in | != | <> | ≠ |
    without counting | different from | that are not | that is not
without =
    without | without any | no | that have no | with no | have no | has no | do not have | does not have |
    did not have | do not have any | does not have any | did not have any | have not | has not | with no known |
    who do not have | never had | lacking | who have no | have never had | that do not have any
count =
    how many | number of | the number of | count of | count | count the number of | total number of |
    the total number of | total count of | numbers of | quantity of rows in | counts of | counts | how many different |
    how many distinct | how many unique | number of distinct | number of different | number of unique |
    count of distinct | number of all
agg:sum =
    how much | how much of | total | sum | sum of | in total | total of | the sum of | cumulative | aggregate |
    combined | total amount of | overall total
agg:avg =
    average | mean | avg | average of | on average | the average of | averages
agg:min =
    minimum | min | lowest value of | minimal | the minimum of | minimum of
agg:max =
    maximum | max | maximal | peak | maximum of
agg:median =
    median | median of
distinct =
    distinct | different | unique | various | all the different | all the distinct | all different | all distinct
sign:< =
    negative | below zero | under zero
sign:> =
    positive | above zero | over zero
cmp:> =
    more than | over | above | greater than | larger than | higher than | bigger than | exceeding | exceed |
    exceeds | superior to | > | in excess of | strictly more than | upwards of | better than
cmp:< =
    less than | under | below | lower than | smaller than | fewer than | inferior to | < | strictly less than |
    worse than
cmp:>= =
    at least | no less than | not less than | >= | ≥ | a minimum of | minimum of | greater than or equal to |
    more than or equal to | from at least | no fewer than
cmp:<= =
    at most | no more than | not more than | <= | ≤ | a maximum of | up to | less than or equal to
cmp:> age =
    older than
cmp:< age =
    younger than
cmp:> weight =
    heavier than | weighing more than | that weigh more than
cmp:< weight =
    lighter than | weighing less than
cmp:> length =
    longer than
cmp:< length =
    shorter than
cmp:> price =
    more expensive than
cmp:< price =
    cheaper than
cmp:> height =
    taller than
ormore:>= =
    or more | or above | or over | or higher | and above | and over | and more | or greater | or older
ormore:<= =
    or less | or below | or lower | or fewer | and below
between =
    between | in between | ranging from | in the range of
super:desc =
    highest | largest | biggest | greatest | best | strongest | the largest amount of
super:desc many =
    generated the most | generates the most |
    most | maximum number of | largest number of | greatest number of | highest number of | most number of |
    maximum amount of | most numbers of
ranking =
    ranking of | ranking | league table of
top =
    top | first
super:asc =
    lowest | smallest | worst | weakest
super:asc many =
    least | fewest | smallest number of | lowest number of | least number of | fewest number of | minimum number of
top:asc =
    bottom
super:desc age =
    oldest | most aged
super:asc age =
    youngest
super:desc weight =
    heaviest
super:asc weight =
    lightest
super:desc length =
    longest
super:asc length =
    shortest
super:desc price =
    most expensive | priciest | costliest
super:asc price =
    cheapest | least expensive
super:desc height =
    tallest
super:desc date =
    most recent | latest | newest | most recently
super:asc date =
    earliest | least recent
super:desc speed =
    fastest
super:asc speed =
    slowest
super:desc temperature =
    hottest | warmest
super:asc temperature =
    coldest | coolest
super:desc frequency =
    most common | most frequent | most often | most frequently
super:asc frequency =
    least common | rarest | least frequent
order =
    ordered by | order by | sorted by | sort by | sorted | ordered | ranked by | sort the results by |
    order the results by | order results by | in order of | in the order of | sort them by | order them by |
    arranged by | listed by | sorted in | ordered in | rank by | listed in | in order | sort | sorted according to |
    sort results by | sort the list by | order the list by | arranged in | starting with | starting from
dir:asc =
    ascending | in ascending order | ascending order | in ascending order of | from lowest to highest |
    from the lowest to the highest | from smallest to largest | increasing | increasing order |
    in increasing order | alphabetical order | in alphabetical order | alphabetically | in alphabetical order of |
    alphabetical order of | from youngest to oldest | from the youngest to the oldest | ascendingly |
    in ascending alphabetical order | ascending alphabetical order |
    in lexicographical order | lexicographically | lexicographical order | from low to high |
    from earliest to latest | chronologically | in chronological order | ascending order of | a to z |
    lowest first | the lowest to the highest | from young to old | from oldest to newest | from least to most |
    earliest first | smallest first | from small to large
dir:desc =
    descending | in descending order | descending order | in descending order of | from highest to lowest |
    from the highest to the lowest | from largest to smallest | decreasing | decreasing order |
    in decreasing order | from oldest to youngest | from the oldest to the youngest | reverse order |
    from high to low | from latest to earliest | descending order of | from the largest to the smallest | z to a |
    in reverse alphabetical order | in descending alphabetical order | descending alphabetical order |
    highest first | largest first | from most to least | the highest to the lowest |
    in decreasing order of | from old to young | from newest to oldest | latest first | newest first |
    from large to small | most recent first
share =
    share of | share | percentage of | proportion of | what share of | what percentage of | what proportion of |
    percent of | fraction of | as a percentage of | contribution of | what percent of | what fraction of |
    proportion | in percentage of
change:abs =
    change in | change of | change | difference in | variation of | variation in | variation | increase in |
    decrease in | increase of | changed | increase | decrease | rise in | drop in
change:trend =
    evolution of | evolution | trend of | trend in | trend | development of | evolve | evolved
change:pct =
    growth of | growth in | growth | growth rate of | percentage change in | percent change in |
    percentage growth of | percentage increase in | rate of change of | relative change in | in percentage terms |
    growth rate in | percentage change of | grow | grew | grown
versus =
    versus | vs | compared to | compared with | against | in comparison with | relative to
compare =
    compare | comparison of | comparison between | difference between | compare the
grain:year =
    year | years | yearly basis
grain:quarter =
    quarter | quarters
grain:month =
    month | months
grain:week =
    week | weeks
grain:day =
    day | days
each:year =
    yearly | annual | annually | year by year | per annum | each year | year over year | yoy | year on year
each:quarter =
    quarterly | quarter by quarter | quarter over quarter
each:month =
    monthly | month by month | month over month | mom | month on month
each:week =
    weekly | week by week
each:day =
    daily | day by day
like:contains =
    contains | containing | contain | that contains | with the word | has the word | including the word |
    includes the word | contains the word | containing the word | includes the text | with the substring |
    has the substring | contains the substring | including the substring | containing the substring |
    with the letter | contains the letter | has the letter | having the word | include the word
like:starts =
    starts with | starting with | start with | begins with | beginning with | begin with | starts with the letter |
    starting with the letter | starting with letter
like:ends =
    ends with | ending with | end with | ends in | ending in | ending with the letter
both =
    both
only =
    only | limit to | restrict to | keep only
same =
    same | the same | same thing | same question | same for | again | same again | same but | same one
instead =
    instead | rather | now | but | what about | how about
all =
    all | all the | all of the | every one of the | every single | the whole | whole | entire
all:house =
    of the group | of our group | in the group | for the group
null =
    missing | null | empty | unknown | undefined | unspecified
past =
    occurred | occur | happened | happen | held | took place | take place | exist | exists | existing in |
    available in | present | present in | made | done | occurring | started in | play there | play | performed |
    perform | appear | appears | given by | located | situated | based | listed | found | belong | belongs | owned |
    stand | stands | reach | reaches | reached | amount to | represent | represents | as pets | as a pet |
    operate | operated | opened to | used | bought | recorded | covered | covered by | cover | caused | working for |
    working at | working in
"""
