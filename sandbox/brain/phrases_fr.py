"""French words that shape a question (as opposed to naming data), one kind a line: `kind:data = phrase | phrase`.

They are written without accents; a star stands for the endings of gender and number ("fort*": fort, forte, forts …).
"""

PHRASES = """
fill =
    - | / | le | la | les | l | me | nous | moi | mon | ma | mes | notre | nos | leur | leurs | son | sa | ses |
    ce | cet | cette | ces | ceux | celui | celle | celles | y | il | elle | ils | elles | on | je | tu | vous | s |
    on a | t | svp | s il vous plait | s il te plait | merci | bonjour | salut | aussi | egalement | est ce que |
    est ce qu | a t il | y a t il | t elle | t il | a t elle | a t on | avons nous | avons | avez | disposons |
    t elles | donc | ensuite |
    alors | environ | actuellement | globalement | globale | global | bien | veux | voudrais | souhaite | aimerais |
    peux | peux tu | pouvez vous | pourriez vous | savoir | connaitre | voir | avoir | obtenir | besoin | donnees |
    donnee | table | tables | base de donnees | enregistrement* | ligne | lignes | information* | infos | un | une |
    respectif* | respectivement | correspondant* | c | j | m | n | ne | qu | parmi | comment | fait | faites |
    quoi | au total | d entre eux | resultat* | valeur de | valeurs de | encore | toujours | stp | bonsoir |
    coucou | merci d avance | merci beaucoup | s il te plait | pourriez | pourrais | pourrait | pouvez | peut |
    pourriez vous | pourrais tu | peux tu | peut on | pourrait on | puis je | auriez vous | aurais tu | dire |
    sauriez vous | saurais tu | savez vous | sais tu | j aimerais | j aurais besoin de | j aurais | aimerions |
    voudrions | souhaiterais | souhaitons | souhaiterions | est il possible de |
    serait il possible de | serait |
    est possible de | possible de | veuillez | communiquer | communiquez | preciser | precisez | partager |
    cherche a savoir | eus | eues
ask =
    quel* | quelle | quelles | qui | montre | montrez | montrer | montre moi | montrez moi | liste | lister |
    listez | donne | donnez | donne moi | donnez moi | affiche | affichez | afficher | trouve | trouvez | trouver |
    enumerez | enumerer | indique | indiquez | indiquer | renvoyez | renvoyer | retournez | quels sont |
    qu en est il de | qu en est il | je veux | calcule | calculez | calculer | donner | quelle est la liste des |
    fournir | fournissez | dis moi | dites moi | cherche | presente | presentez | recherchez
of =
    de | du | des | d | de la | de l | concernant | relatif* a | pour
source =
    vient de | vient du | viennent de | viennent du | provient de | provient du | proviennent de | provenant de |
    venant de | venant du | est issu* de | est issu* du | issu* de | issu* du | est d origine | d origine |
    vient de l | provient de l
in =
    en | pendant | durant | au cours de | au cours des | au cours du | lors de | courant | sur les | sur la |
    sur l | au titre de | dans | a | au | aux | sur | chez | depuis la | originaire* de | situe* en | situe* a |
    situe* au | situe* dans | base* en | base* a | viennent | appartenant a | sous | en provenance de | dans le |
    dans la | vers | a destination de | a destination du |
    implante* en | localise* en | au sein de | qui se trouvent en | se trouvent en
with =
    avec | ayant | qui ont | qui a | ont | a eu | ont eu | qui avaient | avaient | possedant | possede | possedent |
    qui possedent | qui possede | comportant | comprenant | contenant | dote* de | dispose de | disposent de |
    disposant de | compte | comptent | comptant | comporte | comportent
be =
    font | fait | comme | en tant que | est | sont | etait | etaient | etre | egal* a | egale a | vaut | valent |
    = | ete | soit | ete de | appele* | nomme* | est de | sont de | s eleve a | s elevent a | etant
and =
    et | & | + | et de | et en | ainsi que | de meme que | et la | et le | et les
or =
    ou | ou bien
sep =
    , | ;
end =
    ? | . | ! | : | ( | )
per =
    par | pour chaque | chaque | dans chaque | de chaque | selon | en fonction de | en fonction du | ventile* par |
    reparti* par | groupe* par | regroupe* par | detaille* par | decompose* par | pour chacun des |
    pour chacune des | par chaque | detail par | repartition par | a chaque | en chaque | reparti* selon |
    ventilation par | pour chacun de | suivant
that =
    where | que | dont | ou se trouvent | lequel | laquelle | lesquels | lesquelles | dans lequel | dans laquelle |
    dans lesquels | pour lesquels | pour lesquelles | desquels | pour laquelle | pour lequel | auquel | auxquels
wh:when =
    quand | a quelle date | a quel moment
wh:where =
    ou est ce | ou etait ce
not:verb =
    pas | n ont pas | n a pas | ne sont pas | n est pas
not =
    hors | sauf | excepte* | a l exception de | a l exception du | a l exception des | a part | en dehors de |
    en dehors du | autre* que | pas en | n est pas | ne sont pas | pas | n etait pas | n est pas en |
    ne sont pas en | != | <> | ≠ | a l exclusion de | a l exclusion du | a l exclusion des | en excluant |
    excluant | hormis | different* de | non
without =
    sans | sans aucun | sans aucune | n ont pas de | n a pas de | n ont aucun | n ont aucune | n a aucun |
    n a aucune | qui n ont pas de | qui n ont pas | n ont pas | qui n ont pas eu de | n ont pas eu de |
    qui n ont aucun | aucun | aucune | qui n a pas de | qui n ont jamais eu de | n ont jamais eu de |
    n ayant pas de | n ayant aucun | n ayant aucune
count =
    combien de | combien d | combien | nombre de | nombre d | nombre total de | nombre total d | nombre des |
    nombre total des | compte* le nombre de | comptez le nombre de | compter le nombre de | comptez | nombre du |
    nb de | combien de differents | combien de differentes | nombre
agg:sum =
    quelle quantite de | quelle quantite d | somme | somme de | somme des | total* | totaux | au total | cumul* |
    cumule* | cumul de | total de | total des | totale des | somme du | montant total de | en cumul | somme de la |
    total du
agg:avg =
    moyen* | moyenne | moyenne de | moyenne des | moyenne du | en moyenne | moyennes | moyenne d
agg:min =
    minimum | minimal* | minimaux | min | minimum de | mini | minimum des
agg:max =
    maximum | maximal* | maximaux | max | maximum de | maxi | maximum des | pic de
agg:median =
    median* | mediane de | mediane des
distinct =
    distinct* | different* | unique* | divers*
sign:< =
    negatif* | negative* | negatifs
sign:> =
    positif* | positive* | positifs
cmp:> =
    plus de | plus d | superieur* a | superieur* au | au dessus de | au dessus du | plus grand* que |
    plus eleve* que | plus important* que | plus que | > | depassant | depasse | depassent | depassant les |
    excedant | excede | excedent | strictement superieur* a | plus fort* que | superieur* aux | au dela de |
    plus haut* que | meilleur* que
cmp:< =
    moins de | moins d | inferieur* a | inferieur* au | au dessous de | en dessous de | plus petit* que |
    plus faible* que | moins que | < | sous les | strictement inferieur* a | sous la barre de | plus bas que |
    plus basse* que | inferieur* aux | moins eleve* que
cmp:>= =
    au moins | superieur* ou egal* a | >= | ≥ | au minimum | minimum de
cmp:<= =
    au plus | inferieur* ou egal* a | <= | ≤ | au maximum | jusqu a
cmp:> age =
    plus age* que | plus vieux que | plus vieille* que | age* de plus de | plus ages que | de plus de ans
cmp:< age =
    plus jeune* que | age* de moins de
cmp:> weight =
    plus lourd* que | pesant plus de
cmp:< weight =
    plus leger* que | plus legere* que | pesant moins de
cmp:> length =
    plus long* que | plus longue* que
cmp:< length =
    plus court* que
cmp:> price =
    plus cher* que | plus chere* que
cmp:< price =
    moins cher* que | moins chere* que
ormore:>= =
    ou plus | et plus | ou davantage | et au dessus | ou au dessus
ormore:<= =
    ou moins | et moins | ou en dessous
between =
    entre | compris* entre | allant de | comprise entre
super:desc =
    plus grand* | plus eleve* | plus fort* | plus important* | plus gros | plus grosse* | plus haut* | meilleur* |
    la plus grande quantite de
super:desc many =
    a genere le plus de | ont genere le plus de | a genere le plus d | ont genere le plus d
super:desc many =
    plus grand* nombre de | plus grand* nombre d | plus grand nombre | plus fortement | la plupart des |
    la plupart de | plus grand nombre des | plus nombreux | plus de tous
ranking =
    classement des | classement de | classement du | classement d | classement | palmares des | palmares de
top =
    top | premier* | premieres
super:asc =
    plus petit* | plus faible* | plus bas | plus basse* | moins eleve* | pire* | moins bon* | moins important*
super:asc many =
    plus petit* nombre de | plus petit* nombre d | plus faible* nombre de | plus petit nombre
top:asc =
    flop | dernier* | dernieres
super:desc many =
    plus de | plus d | plus
super:asc many =
    moins de | moins d | moins
super:desc age =
    plus age* | plus vieux | plus vieille* | plus ancien* | plus ancienne*
super:asc age =
    plus jeune*
super:desc weight =
    plus lourd*
super:asc weight =
    plus leger* | plus legere*
super:desc length =
    plus long* | plus longue*
super:asc length =
    plus court*
super:desc price =
    plus cher* | plus chere* | plus couteux | plus couteuse*
super:asc price =
    moins cher* | moins chere* | moins couteux | moins couteuse*
super:desc date =
    plus recent* | plus recemment
super:asc date =
    moins recent*
super:desc speed =
    plus rapide*
super:asc speed =
    plus lent*
super:desc temperature =
    plus chaud*
super:asc temperature =
    plus froid* | plus froide*
super:desc frequency =
    plus frequent* | plus courant* | plus souvent | plus frequemment | plus repandu*
super:asc frequency =
    moins frequent* | plus rare* | moins courant*
order =
    trie* par | triees par | ordonne* par | classe* par | par ordre de | dans l ordre de | trier par | classer par |
    trie* | classe* | ordonne* | range* par | dans l ordre | par ordre | commande* par | trie* selon |
    trie* dans l | tries en | triez par | classez par | ordonnez par
dir:asc =
    croissant* | par ordre croissant | ordre croissant | ascendant* | par ordre croissant de |
    dans l ordre croissant | dans l ordre croissant de | ordre alphabetique | par ordre alphabetique |
    dans l ordre alphabetique | par ordre alphabetique de | dans l ordre alphabetique de |
    du plus petit au plus grand | du plus jeune au plus age | dans l ordre ascendant | ordre ascendant |
    du plus faible au plus eleve | par ordre chronologique | dans l ordre chronologique | du plus bas au plus haut |
    par ordre croissant des | par ordre croissant du | en ordre croissant
dir:desc =
    decroissant* | par ordre decroissant | ordre decroissant | descendant* | par ordre decroissant de |
    dans l ordre decroissant | dans l ordre decroissant de | du plus grand au plus petit |
    du plus age au plus jeune | dans l ordre descendant | ordre descendant | du plus eleve au plus faible |
    du plus haut au plus bas | par ordre decroissant des | par ordre decroissant du | en ordre decroissant
share =
    part de | part des | part du | part d | part | pourcentage de | pourcentage des | pourcentage du |
    pourcentage d | proportion de | proportion des | proportion du | proportion d | quelle part de |
    quelle part des | quel pourcentage de | en pourcentage du | contribution de | contribution du | poids de |
    part relative de | quelle proportion de | pourcentage | proportion | quelle part
change:trend =
    evolution de | evolution des | evolution du | evolution d | evolution | a evolue | ont evolue | evolue |
    evoluent | evoluer | tendance de | tendance des | tendance
change:abs =
    variation de | variation des | variation du | variation | changement de | difference de | hausse de |
    hausse du | baisse de | baisse du | augmentation de | augmentation du | diminution de | diminution du |
    ecart de | a change | ecart | hausse | baisse | augmentation | diminution | varie | a varie | ont varie
change:pct =
    croissance de | croissance des | croissance du | croissance | taux de croissance de | taux de croissance |
    evolution en pourcentage de | variation en pourcentage de | taux d evolution de | taux d evolution |
    evolution relative de | evolution en % de | variation en % de | en pourcentage | taux de variation de |
    progression de | progression du | progression | progresse | a progresse | ont progresse |
    taux de croissance du | en %
versus =
    versus | vs | par rapport a | par rapport au | compare* a | compare* au | contre | face a | comparativement a |
    par rapport aux
compare =
    compare | comparez | comparer | comparaison de | comparaison entre | difference entre | comparaison des |
    ecart entre | comparaison du
grain:year =
    annee | annees | an | ans
grain:quarter =
    trimestre | trimestres
grain:month =
    mois
grain:week =
    semaine | semaines
grain:day =
    jour | jours | journee
each:year =
    annuel* | annuelle* | annuellement | d une annee sur l autre | annee par annee
each:quarter =
    trimestriel* | trimestrielle* | trimestriellement
each:month =
    mensuel* | mensuelle* | mensuellement | mois par mois | d un mois sur l autre
each:week =
    hebdomadaire* | hebdomadairement
each:day =
    quotidien* | quotidienne* | journalier* | journaliere* | jour par jour | quotidiennement
like:contains =
    contient | contiennent | contenant le mot | avec le mot | contenant la lettre | contient le mot |
    contient la lettre | comprend le mot | incluant le mot | ayant le mot
like:starts =
    commence par | commencent par | commencant par | debute par | debutant par | commence par la lettre |
    commencant par la lettre | debutent par
like:ends =
    finit par | finissent par | finissant par | se termine par | se terminent par | se terminant par
both =
    a la fois
only =
    seulement | uniquement | que les | juste | rien que | limite* a | ne garde que | garde seulement |
    garder seulement | limiter a
same =
    meme | memes | la meme chose | meme chose | pareil | idem | la meme | meme question | pareil pour
instead =
    plutot | maintenant | mais | et pour | qu en est il | a la place
all =
    tous | toutes | tout | toute | tous les | toutes les | ensemble des | l ensemble des | totalite des |
    l ensemble de
all:house =
    du groupe | de notre groupe | dans le groupe
null =
    manquant* | vide* | inconnu* | non renseigne* | nul* | absent* | indefini*
past =
    eu lieu | ont eu lieu | a eu lieu | se sont produits | survenu* | existe | existent | se trouve | se trouvent |
    situe* | present* | realise* | effectue* | atteint | atteignent | il y a | represente | representent | joue* |
    jouent | produits en | s est produit | figure | figurent | appartiennent | appartient | vient |
    exploitons | exploitez
"""
