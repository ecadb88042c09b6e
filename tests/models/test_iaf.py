import pytest
import torch

from aebench.models.iaf import InverseAutoregressiveFlow
from aebench.models.sections.vae import IAF


def flow(latent: int, steps: int) -> InverseAutoregressiveFlow:
    torch.manual_seed(0)
    config = IAF(name="iaf", steps=steps, widths=[9, 9], unit="tanh")
    return InverseAutoregressiveFlow(latent, config).double()


@pytest.mark.parametrize(("latent", "steps"), [(1, 2), (4, 1), (4, 3)])
def test_the_logarithm_of_the_determinant_is_the_jacobians(latent: int, steps: int) -> None:
    net = flow(latent, steps)
    z, context = torch.randn(1, latent).double(), torch.randn(1, latent).double()
    _, log_det = net(z, context)
    jacobian = torch.autograd.functional.jacobian(lambda z: net(z, context)[0], z)
    expected = torch.linalg.slogdet(jacobian.reshape(latent, latent)).logabsdet
    torch.testing.assert_close(log_det.sum(), expected)


def test_two_steps_let_every_latent_depend_on_every_other() -> None:
    net, context = flow(4, 2), torch.zeros(1, 4).double()
    jacobian = torch.autograd.functional.jacobian(
        lambda z: net(z, context)[0], torch.randn(1, 4).double()
    )
    # The first to be left alone by one step is the last of the next.
    assert (jacobian.reshape(4, 4)[:3].abs() > 0).all()


def test_each_image_has_its_own_context() -> None:
    net = flow(3, 2)
    z, context = torch.randn(5, 4, 3).double(), torch.randn(4, 3).double()
    whole, _ = net(z, context)
    for n in range(4):
        torch.testing.assert_close(net(z[:, n], context[n])[0], whole[:, n])
