"""FLAG ids: the three letters by which a meter names its maker.

They stand first in a logical device name and a system title, and after the slash of an IEC 62056-21 identification.
A maker may have several, a meter may carry that of its utility or of the maker of its communication module, and ids
have been given anew: what they say is a hint. Source: FLAG ID directory of the DLMS User Association; a selection.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Maker(NamedTuple):
    """Who holds a FLAG id; `family` is the group the company belongs to, or its better known name."""

    flag: str
    name: str
    family: str | None = None


def maker(flag: str) -> Maker | None:
    """Who holds that id, in either case of its letters; None where it is not listed."""
    return _makers().get(flag.upper())


@cache
def _makers() -> dict[str, Maker]:
    makers = {}
    for line in _TABLE.splitlines():
        flag, _, rest = line.partition(" ")
        name, _, family = rest.partition(" | ")
        makers[flag] = Maker(flag, name, family or None)
    return makers


# FLAG id, name | family.
_TABLE = """\
ABB ABB AB
ABR ABB s.r.o.
ACE Actaris, France. (Electricity) | Itron
ACG Actaris, France. (Gas) | Itron
ACL Aclara Meters UK Ltd
ACW Actaris, France. (Water and Heat) | Itron
ADD "ADD-Production" S.R.L. | ADDENERGO / ADD
ADN Aidon Oy
ADX ADD-Production S.R.L. | ADDENERGO / ADD
AEL Kohler
AEM S.C. AEM S.A.
AIM Ningbo Aimei Meter Manufacture Co., Ltd.
ALC Zenner Gas S.r.l. | Zenner
ALF Alfatech – Elektromed Elektronik
ALG Algodue Elettronica srl
ALL Allied Engineering Works Limited
AMD KEPID AMSTECH
AME Avon Meters Pvt. Ltd.
AMI AMI Tech(I) Pvt. Ltd
AMP Ampy Automation Digilog Ltd | Honeywell / Elster
AMS Zhejiang Joy Electronic Technology Co.,Ltd
AMT INTEGRA METERING AG
AMX APATOR METRIX SA | Apator
APA Apator SA | Apator
APT Apator SA | Apator
AQM INTEGRA METERING AG
ARD Arad Group Ltd
AUX Ningbo Sanxing Smart Electric Co., Ltd. | Sanxing / AUX
AXI Axioma Metering, UAB
BCE ShenZhen B.C Electronic CO. Ltd.
BHG Brunata A/S
BMI Badger Meter Inc., 6116 E 15th St.
BMP BMETERS Polska Sp.z.o.o.
BMT BMETERS srl
BSS Baylan Su Sayaçları
BYL Baylan
BYW Baylan Water Meters
CIR Circutor
CLE Shen Zhen Clou Electronics Co Ltd.
CLO Clorius Raab Karcher Energi Service A/S
COM COMMON S.A.
CON Conlog
CPL CPL CONCORDIA Soc.Coop.
CPS CAPITAL POWER SYSTEMS LIMITED
DEV Develco Products
DFS Danfoss A/S
DGM Diehl Metering | Diehl / Hydrometer
DIE Dielen GmbH
DME DIEHL Metering | Diehl / Hydrometer
DRT DRESSER Italia S.r.l.
DST Shenzhen Donsun Technology Co. Ltd.
DUS Dresser Utility Solutions GmbH
DZG DZG Metering GmbH
EBZ eBZ GmbH
ECH Networked Energy Services Corporation | Networked Energy Services (Echelon)
EDI Enel Distribuzione S.p.A, Via Ombrone, 2, Rome
EDM EDMI Pty. Ltd.
EES Eletra Industria e Comercio de Medidores Elétricos
EFA EFACEC Engenharia e Sistemas SA
EFE Engelmann Sensor GmbH
EFR Europäische Funk-Rundsteuerung
EGM Elgama-Elektronika Ltd
EHL Secure Meters Limited
EIS ENERGY INTEGRATED TECH SOLUTIONS (PTY) LTD
ELD Elektromed Elektronik Ltd
ELE Elster Electricity LLC | Honeywell / Elster
ELG Elgas s.r.o.
ELM Elektromed Elektronik Ltd
ELR Elster Metering Limited | Honeywell / Elster
ELS Elster GmbH | Honeywell / Elster
ELV Elvaco AB
EMH EMH metering GmbH & Co. KG (formerly EMH Elektrizitatszahler GmbH & CO KG)
EMO Enermet
EMR CJSC "Energomera"
EMT Elster Messtechnik GmbH | Honeywell / Elster
ENL ENEL d.o.o.
ENT ENTES Elektronik
EPL Escorts Pakistan Limited
ESC EDMI (Shenzhen) CO., Ltd
ESL Esyasoft Landis and Gyr Limited | Landis+Gyr
ESN Zhejiang Eastron Electronic Co., Ltd.
ESY EasyMeter GmbH
EWT Diehl Metering | Diehl / Hydrometer
FEI FUJI ELECTRIC INDIA Pvt LTD
FIO Pietro Fiorentini
FLO Flonidan A/S
FML Siemens Measurements Ltd. (Formerly FML Ltd.) | Siemens
FPL fifthplay NV
FRC Shenzhen Friendcom Technology Co.,Ltd.
FRE Frer Srl
FTL Tritschler GmbH
GAV Carlo Gavazzi Controls S.p.A.
GCG Goldcard Smart Group Co.,Ltd.
GEC GEC Meters Ltd.
GET Genus Electrotech Ltd.
GFM GE Fuji Meter Co.,Ltd.
GIL Genus Innovations Limited
GOE Genus Power Infrastructures Ltd.
GOM Zhejiang Gomelong Meter Co., Ltd.
GST Shenzhen Golden Square Technology Co.,Ltd.
GUH ShenZhen GuangNing Industrial CO. Ltd.
GWF Gas- u. Wassermesserfabrik
HAG Hager Electro GmbH
HEK Hexing Technology Company Limited | Hexing
HEW Honeywell Integrated Technology (China) Co., Ltd. | Honeywell / Elster
HEX Shenzhen Hexcell Electronics Technology CO.,LTD
HIE Shenzhen Holley South Electronics Technology Co., Ltd. | Holley
HIT ABB Sp. z o.o.
HLE Shenzhen Hopeland Technologies Co,.Ltd
HLY Holley Metering Ltd | Holley
HML Holley Technology Ltd., 181 WuChang Avenue | Holley
HND Shenzhen Hemei Group Co., Ltd.
HON Honeywell Technologies Sarl | Honeywell / Elster
HOP Shenzhen Hopeland Technologies Co,.Ltd
HOY Holley Meters | Holley
HPL HPL-Socomec Pvt. Ltd.
HSD Ningbo Histar Meter Technology Co.,Ltd.
HTE Hexing Technologies Europe SRL | Hexing
HXE Hexing Electrical Co. Ltd. | Hexing
HYC Zhejiang Hengye Electronics Co.,Ltd
HYD Diehl Metering | Diehl / Hydrometer
HYE Zhejiang Hyayi Electronic Industry Co Ltd.
HYG Diehl Metering | Diehl / Hydrometer
HYM Zhejiang Hengye Electronics Co.,Ltd
HYT Zhejiang Hengye Electronics Co.,Ltd
IES Integrated Electronic Systems Lab Co., Ltd.
IHM Shenzhen Inhemeter Co., Ltd.
IMT INTEGRA METERING AG
INC Incotex
INV Sensus Metering Systems | Sensus / Xylem
IOT Trilliant Networks Inc
ISA Isabellenhütte Heusler GmbH & Co. KG
ISK Iskraemeco | Iskraemeco
ISS Iskra d.d. | Iskraemeco
IST Ista
ISW iSAtech water GmbH
ITA iTrona GmbH | Itron
ITB Itron Solucoes para Energia e Agua Ltda. | Itron
ITE ITRON (Electricity) | Itron
ITF ITF Fröschl GmbH
ITG ITRON (Gas) | Itron
ITI ITRON Asia | Itron
ITK Itron GmbH | Itron
ITR Itron Inc | Itron
ITS ITRON Australasia Pty Ltd | Itron
ITU ITRON United States, Itron Inc | Itron
ITW ITRON (Water) | Itron
ITZ ITRON South Africa | Itron
IUS IUSA SA DE CV
JAN Janitza electronics GmbH
JCE Janz – Contadores de Energia SA
JGF Janz – Contagem e Gestao de Fluidos SA
JHA Zhejiang JiaHe Instrument CO.,Ltd
JNC NINGBO JIANAN ELECTRONICS CO.,LTD.
JNJ JNJ POWERCOM SYSTEMS LTD
JOY Zhejiang Joy Electronic Technology Co., Ltd.
KAA Kamstrup A/S | Kamstrup
KAM Kamstrup Energi A/S | Kamstrup
KAS Kamstrup A/S | Kamstrup
KAW Kamstrup A/S | Kamstrup
KFM Shenzhen Kaifa Technology Co., Ltd.
KGE Guangzhou Keli General Electric Co., Ltd.
KHL Kohler
KMB Kamstrup A/S | Kamstrup
KNX KONNEX-based users (Siemens Regensburg) | Siemens
KRO Kromschroder
KWH Zhejiang Songxia Electric Meter Co., Ltd
LCG Landis+Gyr Meter & System (Zhuhai) Co., Ltd, | Landis+Gyr
LDE Shenzhen Londian Electrics Co., Ltd.
LGA Landis+Gyr AG | Landis+Gyr
LGB Landis+Gyr Ltd. | Landis+Gyr
LGC Landis+Gyr Equipamentos de Medição Ltda, Brasil | Landis+Gyr
LGD Landis+Gyr GmbH | Landis+Gyr
LGE Landis+Gyr PTE Ltd. | Landis+Gyr
LGF Landis+Gyr Oy | Landis+Gyr
LGI Landis+Gyr Ltd. | Landis+Gyr
LGS Landis+Gyr (Pty) Ltd. | Landis+Gyr
LGZ Landis+Gyr AG | Landis+Gyr
LNT Schneider Electric India Private Limited | Schneider Electric / L&T
LOG LOGAREX Smart Metering, s.r.o.
LSE Landis & Staefa electronic | Landis+Gyr
LSP Landis+Gyr GmbH | Landis+Gyr
LSZ Siemens Building Technologies | Siemens
LUG Landis+Gyr GmbH | Landis+Gyr
LUN LUNA Elektrik Elektronik A.S.
LYE Jiangsu Linyang Electronics Co. Ltd.
MAD Maddalena S.p.A.
MAT Mitsubishi Electric Automation
MCS MetCom Solutions GmbH
MDE Diehl Metering | Diehl / Hydrometer
MDL Maddalena S.p.A.
MEC Mitsubishi Electric Corporation
MEI Sensus Metering Systems | Sensus / Xylem
MET METRA Energie-Messtechnik GmbH
MII Apator Miitors ApS | Apator
MIL Milur Smart System Limited liability company
MIR MIR Research and Production Association
MIS Iskra MIS d.d | Iskraemeco
MIT Sagemcom Energy & Telecom | Sagemcom
MKE MKEK Genel Mudurlugu Gazi Fisek (ELSA)
MKL MAKEL Elektrik Malzemeleri
MRT MIRTEK LTD.
MTI Microtech Industries Pakistan
MTS MeteRSit S.r.L.
MXM Maxim India Integrated Circuit Design Pvt Ltd.
NAG Networked Energy Services AG | Networked Energy Services (Echelon)
NIK NIK-ELEKTRONIKA
NLI Next Level Integration GmbH
NRT Zavod Nartis Ltd.
NTC Nuri Telecom Co Ltd
NWG NINGBO WASSER GERAETE CO.,LTD.
NWM Ningbo Water Meter Co.Ltd.
NYG Ningbo Yonggang Instrument Co. Ltd.
NZR Nordwestdeutsche Zählerrevision Ing. Aug. Knemeyer GmbH & Co. KG
ORB ORBIS Tecnologia Electrica, SA
OSA Osaki Electric Co., Ltd.(Europe)
OSK Osaki Electric Co Ltd. (Japan)
OTS Shenzhen Oasis Technology Service Co., Ltd
PAF FAP PAFAL S.A. | Apator
PAN Panasonic Corporation
PCR Powercom
PDX Paradox Engineering SA
PII PiiGAB Processinformation i Goteborg AB
PMG Sensus Metering Systems | Sensus / Xylem
POZ ZEUP Pozyton sp. z o.o.
PPC Power Plus Communications AG
PRI Polymeters Response International Ltd.
PRO Proton - Elektromed Ltd
QDS Qundis GmbH
REC Zhejiang Reallin Electron Co. Ltd.
RSM Zhejiang Risesun Science and Technology Co.,Ltd.
SAC SACOFGAS srl
SAG Sagemcom Energy & Telecom | Sagemcom
SAM Siemens AG Österreich, AMIS (Automated Metering and Information System) | Siemens
SAP Diehl Metering | Diehl / Hydrometer
SAT SATEC Ltd
SEC Schneider Electric Canada | Schneider Electric / L&T
SEN Sensus Metering Systems | Sensus / Xylem
SET Sagemcom Energy & Telecom | Sagemcom
SFI Siemens AG - DI PA MI | Siemens
SHE Shenzhen SingHang Elec-tech Co., Ltd.
SHM Shanghai Metering, China
SIE Siemens AG | Siemens
SLB Schlumberger Industries Ltd. | Itron
SML Siemens Measurements Ltd. | Siemens
SMN Saiman Corporation LLC
SNM ShenZhen Northmeter Co.Ltd
SOC SOCOMEC
SON Sontex SA
SPL Diehl Metering | Diehl / Hydrometer
SPM Stelmec Powercom Private Limited
SPX Sensus Metering Systems | Sensus / Xylem
STA Shenzhen Star Instrument Co Ltd
STO ABB STOTZ-KONTAKT GmbH
STR Strike Technologies
TCH Techem
TEO ubitricity Gesellschaft für verteilte Energiesysteme mbH
THE Theben AG
TIL Thermal Integration Limited
TPC Taipit - measuring equipment
TPL Teplocom Holding
TRJ SHENZHEN TECHRISE ELECTRONICS CO.,LTD
TRL Trilliant Inc.
TTM Toshiba Toko Meter Systems Co., Ltd.
UBI Ubitronix system solutions gmbh | Itron
UBY ubitricity - Gesellschaft für verteilte Energiesysteme mbH
VLT ABB s.r.o., EPMV Division
VTK Linkwell Telesystems Pvt. Ltd.
WHU Wasion Hungary Kft. | Wasion
WSE Wasion Group Co.Ltd | Wasion
WSG ZHEJIANG WELLSUN INTELLIGENT TECHNOLOGY CO., LTD
XTM Suntront Tech Co. Ltd.
XTR HENAN SUNTRONT TECH CO. LTD.
XYL Sensus GmbH Ludwigshafen | Sensus / Xylem
YNP Ningbo Yong Neng Power Technology Co. Ltd.
YTL ZheJiang yongtailong electronic co.,ltd.
ZCH Zhejiang Chaorong Electric Technology Co., Ltd
ZIV ZIV Aplicaciones y Tecnologia, S.A. | ZIV
ZJY Zhejiang Jiayou Thermal Technology Equipment Co. LTD.
ZLW Ningbo ZLINK Technology CO. Ltd
ZOT Zhejiang Ocaenergy Technology Co., Ltd
ZPA ZPA Smart Energy a.s.
ZQB Zhejiang Qibin Technology Co.,Ltd
ZRI ZENNER International GmbH & Co. KG | Zenner
ZRM ZENNER International GmbH & Co. KG | Zenner
ZTX ZHEJIANG TANCY INSTRUMENT TECHNOLOGY CO. éTD-
ZTY ZHEJIANG CHINT INSTRUMENT & METER CO. LTD.
ZXT Zhejiang Xinghao Technology Co., Ltd
"""
