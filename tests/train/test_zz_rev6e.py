import os, signal
import numpy as np, pytest
pytestmark = pytest.mark.keras
keras = pytest.importorskip("keras")
from tests.train.test_random_states import keeper
from dlkit.train.state.store import Store
from tests.train.conftest import Notes

class Any_(Notes):
    at=None
    def on_steps(self, n, done, steps):
        self.seen = (n, done)
        if (n,done)==self.at: os.kill(os.getpid(), signal.SIGINT)
    def on_epoch(self, row):
        super().on_epoch(row)
        if (row["epoch"],0)==self.at: os.kill(os.getpid(), signal.SIGINT)

def notes(at):
    a=Any_(); a.at=at; return a

STAGES=[{"epochs":3,"lr_schedule":{"ReduceLROnPlateau":{"patience":1,"monitor":"loss","min_delta":10.0}}},{"epochs":3,"trainable":{"base":False}, "optimizer":{"Adam":{"learning_rate":0.01,"use_ema":True}},"lr_schedule":{"ReduceLROnPlateau":{"patience":1,"monitor":"loss","min_delta":10.0}}}]
LAY=[{"Reshape":{"target_shape":[3,1]}},{"LSTM":{"name":"base","units":3,"dropout":0.3}},{"BatchNormalization":{}},{"Dropout":0.3},{"Dense":{"units":1}}]
@pytest.mark.parametrize("loop,spe",[("fit",None),("tape",None),("fit",4),("tape",4)])
def test_all(bench,tmp_path,monkeypatch,loop,spe):
    monkeypatch.setattr("dlkit.train.tape.SECONDS_PER_CALL", 0.0)
    sections={"architecture":{"layers":LAY},"optimizer":{"SGD":{"learning_rate":0.02,"momentum":0.9,"use_ema":True,"gradient_accumulation_steps":2}},
      "regularization":{"early_stopping":{"monitor":"val_loss","patience":2}},
      "training":{"loop":loop,"stages":STAGES,**({"steps_per_epoch":spe} if spe else {}), **({"diagnostics":True} if loop=="tape" else {})}}
    whole,t,_=bench(STAGES,**sections).train(keeper=keeper(tmp_path/"w"),notes=notes(None))
    bad=[]
    for i,at in enumerate([(1,2),(1,0),(2,3),(3,0),(4,1),(4,0),(5,2),(6,0)]):
        if at[0]>len(t.rows): continue
        f=tmp_path/str(i)
        try:
            bench(STAGES,**sections).train(keeper=keeper(f),notes=notes(at)); print("not interrupted",at); continue
        except KeyboardInterrupt as e: said=str(e)
        s,_=Store(f).newest()
        if s is None: print("nothing kept",at); continue
        m,a,_=bench(STAGES,**sections).train(keeper=keeper(f,s),notes=notes(None))
        same=all(np.array_equal(np.asarray(x),np.asarray(y)) for x,y in zip(m.variables+m.optimizer.variables,whole.variables+whole.optimizer.variables,strict=True))
        cut=lambda t:[{k:v for k,v in r.items() if k!="seconds"} for r in t.rows]
        if not same or cut(a)!=cut(t) or (a.kept_epoch,a.best_epoch,a.status)!=(t.kept_epoch,t.best_epoch,t.status): bad.append((at,said,same,cut(a)==cut(t)))
    print(len(t.rows), t.status)
    assert not bad
