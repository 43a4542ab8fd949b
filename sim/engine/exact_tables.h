/* exact_tables - logarithms and powers of two at 128 points, for exact_log() and exact_exp()
 *
 * Each number is the double nearest to the true value. tests/unit/test_random.c compares the two functions with libm.
 */
#ifndef STORMCELL_ENGINE_EXACT_TABLES_H
#define STORMCELL_ENGINE_EXACT_TABLES_H

enum { EXACT_POINTS = 128, EXACT_LOG_FIRST = 90, EXACT_LOG_LAST = 182 };

/* log(2), and log(2) / 128 in two parts: the first has 33 bits, so that its product with a small integer is exact. */
#define EXACT_LN2 0x1.62e42fefa39efp-1
#define EXACT_STEP_HIGH 0x1.62e42fef00000p-8
#define EXACT_STEP_LOW 0x1.473de6af278edp-41
/* 128 / log(2) */
#define EXACT_STEPS_PER_ONE 0x1.71547652b82fep+7

/* exact_logs[i] = log((EXACT_LOG_FIRST + i) / 128) */
static const double exact_logs[EXACT_LOG_LAST - EXACT_LOG_FIRST + 1] = {
    -0x1.68ac83e9c6a14p-2, -0x1.5d5bddf595f30p-2, -0x1.522ae0738a3d8p-2,
    -0x1.4718dc271c41bp-2, -0x1.3c25277333184p-2, -0x1.314f1e1d35ce4p-2,
    -0x1.269621134db92p-2, -0x1.1bf99635a6b95p-2, -0x1.1178e8227e47cp-2,
    -0x1.07138604d5862p-2, -0x1.f991c6cb3b379p-3, -0x1.e530effe71012p-3,
    -0x1.d1037f2655e7bp-3, -0x1.bd087383bd8adp-3, -0x1.a93ed3c8ad9e3p-3,
    -0x1.95a5adcf7017fp-3, -0x1.823c16551a3c2p-3, -0x1.6f0128b756abcp-3,
    -0x1.5bf406b543db2p-3, -0x1.4913d8333b561p-3, -0x1.365fcb0159016p-3,
    -0x1.23d712a49c202p-3, -0x1.1178e8227e47cp-3, -0x1.fe89139dbd566p-4,
    -0x1.da727638446a2p-4, -0x1.b6ac88dad5b1cp-4, -0x1.9335e5d594989p-4,
    -0x1.700d30aeac0e1p-4, -0x1.4d3115d207eacp-4, -0x1.2aa04a44717a5p-4,
    -0x1.08598b59e3a07p-4, -0x1.ccb73cdddb2ccp-5, -0x1.894aa149fb343p-5,
    -0x1.466aed42de3eap-5, -0x1.0415d89e74444p-5, -0x1.8492528c8cabfp-6,
    -0x1.0205658935847p-6, -0x1.010157588de71p-7, 0x0p+0,
    0x1.fe02a6b106789p-8,  0x1.fc0a8b0fc03e4p-7,  0x1.7b91b07d5b11bp-6,
    0x1.f829b0e783300p-6,  0x1.39e87b9febd60p-5,  0x1.77458f632dcfcp-5,
    0x1.b42dd711971bfp-5,  0x1.f0a30c01162a6p-5,  0x1.16536eea37ae1p-4,
    0x1.341d7961bd1d1p-4,  0x1.51b073f06183fp-4,  0x1.6f0d28ae56b4cp-4,
    0x1.8c345d6319b21p-4,  0x1.a926d3a4ad563p-4,  0x1.c5e548f5bc743p-4,
    0x1.e27076e2af2e6p-4,  0x1.fec9131dbeabbp-4,  0x1.0d77e7cd08e59p-3,
    0x1.1b72ad52f67a0p-3,  0x1.29552f81ff523p-3,  0x1.371fc201e8f74p-3,
    0x1.44d2b6ccb7d1ep-3,  0x1.526e5e3a1b438p-3,  0x1.5ff3070a793d4p-3,
    0x1.6d60fe719d21dp-3,  0x1.7ab890210d909p-3,  0x1.87fa06520c911p-3,
    0x1.9525a9cf456b4p-3,  0x1.a23bc1fe2b563p-3,  0x1.af3c94e80bff3p-3,
    0x1.bc286742d8cd6p-3,  0x1.c8ff7c79a9a22p-3,  0x1.d5c216b4fbb91p-3,
    0x1.e27076e2af2e6p-3,  0x1.ef0adcbdc5936p-3,  0x1.fb9186d5e3e2bp-3,
    0x1.0402594b4d041p-2,  0x1.0a324e27390e3p-2,  0x1.1058bf9ae4ad5p-2,
    0x1.1675cababa60ep-2,  0x1.1c898c16999fbp-2,  0x1.22941fbcf7966p-2,
    0x1.2895a13de86a3p-2,  0x1.2e8e2bae11d31p-2,  0x1.347dd9a987d55p-2,
    0x1.3a64c556945eap-2,  0x1.404308686a7e4p-2,  0x1.4618bc21c5ec2p-2,
    0x1.4be5f957778a1p-2,  0x1.51aad872df82dp-2,  0x1.5767717455a6cp-2,
    0x1.5d1bdbf5809cap-2,  0x1.62c82f2b9c795p-2,  0x1.686c81e9b14afp-2,
};

/* exact_powers[i] = 2^(i / 128) */
static const double exact_powers[EXACT_POINTS] = {
    0x1.0000000000000p+0, 0x1.0163da9fb3335p+0, 0x1.02c9a3e778061p+0, 0x1.04315e86e7f85p+0, 0x1.059b0d3158574p+0,
    0x1.0706b29ddf6dep+0, 0x1.0874518759bc8p+0, 0x1.09e3ecac6f383p+0, 0x1.0b5586cf9890fp+0, 0x1.0cc922b7247f7p+0,
    0x1.0e3ec32d3d1a2p+0, 0x1.0fb66affed31bp+0, 0x1.11301d0125b51p+0, 0x1.12abdc06c31ccp+0, 0x1.1429aaea92de0p+0,
    0x1.15a98c8a58e51p+0, 0x1.172b83c7d517bp+0, 0x1.18af9388c8deap+0, 0x1.1a35beb6fcb75p+0, 0x1.1bbe084045cd4p+0,
    0x1.1d4873168b9aap+0, 0x1.1ed5022fcd91dp+0, 0x1.2063b88628cd6p+0, 0x1.21f49917ddc96p+0, 0x1.2387a6e756238p+0,
    0x1.251ce4fb2a63fp+0, 0x1.26b4565e27cddp+0, 0x1.284dfe1f56381p+0, 0x1.29e9df51fdee1p+0, 0x1.2b87fd0dad990p+0,
    0x1.2d285a6e4030bp+0, 0x1.2ecafa93e2f56p+0, 0x1.306fe0a31b715p+0, 0x1.32170fc4cd831p+0, 0x1.33c08b26416ffp+0,
    0x1.356c55f929ff1p+0, 0x1.371a7373aa9cbp+0, 0x1.38cae6d05d866p+0, 0x1.3a7db34e59ff7p+0, 0x1.3c32dc313a8e5p+0,
    0x1.3dea64c123422p+0, 0x1.3fa4504ac801cp+0, 0x1.4160a21f72e2ap+0, 0x1.431f5d950a897p+0, 0x1.44e086061892dp+0,
    0x1.46a41ed1d0057p+0, 0x1.486a2b5c13cd0p+0, 0x1.4a32af0d7d3dep+0, 0x1.4bfdad5362a27p+0, 0x1.4dcb299fddd0dp+0,
    0x1.4f9b2769d2ca7p+0, 0x1.516daa2cf6642p+0, 0x1.5342b569d4f82p+0, 0x1.551a4ca5d920fp+0, 0x1.56f4736b527dap+0,
    0x1.58d12d497c7fdp+0, 0x1.5ab07dd485429p+0, 0x1.5c9268a5946b7p+0, 0x1.5e76f15ad2148p+0, 0x1.605e1b976dc09p+0,
    0x1.6247eb03a5585p+0, 0x1.6434634ccc320p+0, 0x1.6623882552225p+0, 0x1.68155d44ca973p+0, 0x1.6a09e667f3bcdp+0,
    0x1.6c012750bdabfp+0, 0x1.6dfb23c651a2fp+0, 0x1.6ff7df9519484p+0, 0x1.71f75e8ec5f74p+0, 0x1.73f9a48a58174p+0,
    0x1.75feb564267c9p+0, 0x1.780694fde5d3fp+0, 0x1.7a11473eb0187p+0, 0x1.7c1ed0130c132p+0, 0x1.7e2f336cf4e62p+0,
    0x1.80427543e1a12p+0, 0x1.82589994cce13p+0, 0x1.8471a4623c7adp+0, 0x1.868d99b4492edp+0, 0x1.88ac7d98a6699p+0,
    0x1.8ace5422aa0dbp+0, 0x1.8cf3216b5448cp+0, 0x1.8f1ae99157736p+0, 0x1.9145b0b91ffc6p+0, 0x1.93737b0cdc5e5p+0,
    0x1.95a44cbc8520fp+0, 0x1.97d829fde4e50p+0, 0x1.9a0f170ca07bap+0, 0x1.9c49182a3f090p+0, 0x1.9e86319e32323p+0,
    0x1.a0c667b5de565p+0, 0x1.a309bec4a2d33p+0, 0x1.a5503b23e255dp+0, 0x1.a799e1330b358p+0, 0x1.a9e6b5579fdbfp+0,
    0x1.ac36bbfd3f37ap+0, 0x1.ae89f995ad3adp+0, 0x1.b0e07298db666p+0, 0x1.b33a2b84f15fbp+0, 0x1.b59728de5593ap+0,
    0x1.b7f76f2fb5e47p+0, 0x1.ba5b030a1064ap+0, 0x1.bcc1e904bc1d2p+0, 0x1.bf2c25bd71e09p+0, 0x1.c199bdd85529cp+0,
    0x1.c40ab5fffd07ap+0, 0x1.c67f12e57d14bp+0, 0x1.c8f6d9406e7b5p+0, 0x1.cb720dcef9069p+0, 0x1.cdf0b555dc3fap+0,
    0x1.d072d4a07897cp+0, 0x1.d2f87080d89f2p+0, 0x1.d5818dcfba487p+0, 0x1.d80e316c98398p+0, 0x1.da9e603db3285p+0,
    0x1.dd321f301b460p+0, 0x1.dfc97337b9b5fp+0, 0x1.e264614f5a129p+0, 0x1.e502ee78b3ff6p+0, 0x1.e7a51fbc74c83p+0,
    0x1.ea4afa2a490dap+0, 0x1.ecf482d8e67f1p+0, 0x1.efa1bee615a27p+0, 0x1.f252b376bba97p+0, 0x1.f50765b6e4540p+0,
    0x1.f7bfdad9cbe14p+0, 0x1.fa7c1819e90d8p+0, 0x1.fd3c22b8f71f1p+0,
};

#endif
