import sys; sys.path.insert(0,"/work/main/tests/config")
import os; os.environ["TF_CPP_MIN_LOG_LEVEL"]="3"
import test_all_of_keras as T
bad=0;n=0
for key in T.BUILT:
    e=T.entry_of(key)
    if e.kind=="activations" or e.name in("accuracy","crossentropy"): continue
    args={k:p.default for k,p in e.parameters.items() if p.default is not None and not p.required and k!="name"}|T.sample_arguments(e)
    n+=len(args)
    notation, problems=T.read(e,args)
    if problems: print(key,"READ",problems); continue
    try:
        b=T.build_metric(notation) if e.kind=="metrics" else T.build_object(notation)
        d=T.described(b); q=T.described(T.plain_keras(e))
        diff={k:(d.get(k),q.get(k)) for k in {*d,*q} if d.get(k)!=q.get(k)}
        if diff: print(key,"DIFF",diff)
    except Exception as x: print(key,"BUILD",str(x)[:200])
print(n)
