import sys; sys.path.insert(0,"tests/training")
import pytest
def test_look(spec, trained):
    for k in ("adamw","muon","vae"):
        for lr in (1e-2,3e-2):
            o={"name":"muon" if k=="muon" else "adamw","lr":lr}
            print("\n",k,lr,[round(r["validation_loss"],3) for r in trained(spec(k,epochs=8,optimizer=o)).history])
    for o in ({"name":"sgd","lr":0.5},{"name":"sgd","lr":2.0},{"name":"sgd","lr":2.0,"momentum":.9},{"name":"adamw","lr":.3},{"name":"adamw","lr":.1}):
        print(o,[round(r["validation_loss"],3) for r in trained(spec(epochs=15,optimizer=o,schedule={"name":"constant"})).history])
    for lr in (1e6,1e12,1e20,1e30):
        print(lr,[round(r["validation_loss"],3) for r in trained(spec(epochs=10,optimizer={"name":"sgd","lr":lr},schedule={"name":"exponential","final":1.,"warmup":40})).history])
